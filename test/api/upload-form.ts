import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import { makeZip } from '../check/zip-maker.ts';

/** Members of an archive: text, or what a tar header says. */
export type Members = Record<string, string | Partial<tar.Header>>;

/** The bytes of a `.tar.gz` with these members, as right or as wrong as they are. */
export async function tarGz(members: Members): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, member] of Object.entries(members))
    if (typeof member === 'string') pack.entry({ name, mtime: new Date(0) }, member);
    else pack.entry({ name, mtime: new Date(0), size: 0, ...member }, '');
  pack.finalize();
  return buffer(pack.pipe(createGzip()));
}

export const pkgInfo = (name: string, version: string, more = '') =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}`;

/** What an sdist has at least. */
export const sdistMembers = (name = 'demo', version = '1.0', more = ''): Members => ({
  [`${name}-${version}/PKG-INFO`]: pkgInfo(name, version, more),
  [`${name}-${version}/pyproject.toml`]: '[build-system]\nrequires = []\n',
});

export const sdist = (name = 'demo', version = '1.0', more = '') => tarGz(sdistMembers(name, version, more));

/** The same as a `.zip`. */
export const zipSdist = (members: Record<string, string>): Buffer =>
  makeZip(Object.entries(members).map(([name, data]) => ({ name, data })));

export type Part = [name: string, value: string | { filename: string; bytes: Buffer }];

/** The fields that twine sends with a file, those that `change` gives in place of the right ones; undefined leaves one out. */
export function uploadParts(filename: string, bytes: Buffer, change: Record<string, string | undefined> = {}): Part[] {
  const [name = '', version = ''] = filename.replace(/\.(tar\.gz|zip)$/, '').split('-');
  const fields: Record<string, string | undefined> = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: '2.1',
    ...{ name, version },
    filetype: filename.endsWith('.whl') ? 'bdist_wheel' : 'sdist',
    pyversion: filename.endsWith('.whl') ? 'py3' : 'source',
    md5_digest: createHash('md5').update(bytes).digest('hex'),
    sha256_digest: createHash('sha256').update(bytes).digest('hex'),
    ...change,
  };
  const sent = Object.entries(fields).flatMap(([field, value]): Part[] =>
    value === undefined ? [] : [[field, value]],
  );
  return [
    ...sent,
    ['classifiers', 'Programming Language :: Python'],
    ['classifiers', 'Private :: Do Not Upload'],
    ['content', { filename, bytes }],
  ];
}

const BOUNDARY = 'a-boundary-of-the-test';

/** The body of a form, byte by byte, and the header that goes with it. */
export function form(parts: readonly Part[]): { payload: Buffer; headers: Record<string, string> } {
  const chunks = parts.flatMap(([name, value]) => {
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"`;
    return typeof value === 'string'
      ? [Buffer.from(`${head}\r\n\r\n${value}\r\n`)]
      : [
          Buffer.from(`${head}; filename="${value.filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`),
          value.bytes,
          Buffer.from('\r\n'),
        ];
  });
  return {
    payload: Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  };
}

/** A POST of an upload. */
export const upload = (parts: readonly Part[], headers: Record<string, string> = {}) => {
  const { payload, headers: own } = form(parts);
  return { method: 'POST' as const, url: '/legacy/', payload, headers: { ...own, ...headers } };
};
