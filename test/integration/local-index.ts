import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { createIndexServer, type Handler, type IndexServer, JSON_TYPE, send } from '../upstream/index-server.ts';
import { makeSdist } from '../workers/run/sdist.ts';

/** What the index says of a file, where it is not simply the truth. */
export type Listing = { requiresPython?: string; sha256?: string; yanked?: string };

export type SdistOptions = Listing & {
  /** Python code that runs before the wheel is written. */
  build?: string;
  /** Python expression of the text of the wheel's one module. */
  module?: string;
  /** Further files of the wheel: Python expressions of their text or bytes, by path. */
  files?: Record<string, string>;
  /** Further lines of METADATA and PKG-INFO, each with its newline. */
  metadata?: string;
  /** Version of the metadata of its PKG-INFO: from 2.2 on it binds the wheel. */
  metadataVersion?: string;
  /** Its build back-end can say what the wheel will be without making it: the metadata, or these lines instead. */
  foretells?: true | string;
  /** What it needs to be built. */
  requires?: string[];
  /** What the wheel says it is, where that is something else. */
  product?: { name: string; version: string };
};

/** An index of a test's own sdists and wheels, to be put before the real one. */
export type LocalIndex = IndexServer & {
  /** Offers an sdist; gives its sha256. */
  addSdist(name: string, version: string, options?: SdistOptions): Promise<string>;
  /** Offers a wheel. */
  addWheel(name: string, filename: string, bytes: Buffer, listing?: Listing): void;
  /** Offers any file, whatever is in it. */
  addFile(name: string, filename: string, bytes: Buffer): void;
  /** Takes everything of a project away. */
  remove(name: string): void;
};

type File = {
  filename: string;
  url: string;
  hashes: { sha256: string };
  size: number;
  'requires-python'?: string;
  yanked?: string;
};

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** A PEP 517 back end of its own, needing nothing: `build` runs first, then a sound wheel is written. */
const backend = (name: string, version: string, build: string, module: string, metadata: string, files = {}) => `
import base64, hashlib, os, sys, time, zipfile
def build_wheel(out, settings=None, metadata=None):
${build.replace(/^/gm, '    ')}
    info = '${name}-${version}.dist-info'
    files = {
        '${name}.py': ${module},
${Object.entries(files)
  .map(([path, text]) => `        '${path}': ${text},\n`)
  .join('')}        info + '/METADATA': 'Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n${metadata}',
        info + '/WHEEL': 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
    }
    record = ''
    for path, text in files.items():
        files[path] = data = text.encode() if isinstance(text, str) else text
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
        record += f'{path},sha256={digest},{len(data)}\\n'
    files[info + '/RECORD'] = record + info + '/RECORD,,\\n'
    wheel = '${name}-${version}-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(out, wheel), 'w') as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return wheel
`;

/** The hook that tells of a wheel which is not built (PEP 517). */
const foretelling = (name: string, version: string, metadata: string) => `
def prepare_metadata_for_build_wheel(out, settings=None):
    print('a back-end prints what it likes')
    info = '${name}-${version}.dist-info'
    os.mkdir(os.path.join(out, info))
    with open(os.path.join(out, info, 'METADATA'), 'w') as told:
        told.write('Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n${metadata}')
    return info
`;

/** Starts it on loopback; it ends with the test. */
export async function startLocalIndex(t: Pick<Test, 'teardown'>): Promise<LocalIndex> {
  const server = await createIndexServer(t);
  const projects = new Map<string, File[]>();
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-index-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const offer = (name: string, filename: string, bytes: Buffer, { requiresPython, yanked, ...told }: Listing = {}) => {
    const url = `${server.origin}/files/${sha256(bytes)}/${filename}`;
    const about = { filename, url, hashes: { sha256: sha256(bytes), ...told }, size: bytes.length };
    const files = [
      ...(projects.get(name) ?? []),
      {
        ...about,
        ...(requiresPython !== undefined && { 'requires-python': requiresPython }),
        ...(yanked !== undefined && { yanked }),
      },
    ];
    projects.set(name, files);
    server.routes.set(new URL(url).pathname, send(bytes));
    server.routes.set(
      `/simple/${name}/`,
      send(JSON.stringify({ meta: { 'api-version': '1.1' }, name, files }), JSON_TYPE),
    );
  };
  return {
    ...server,
    async addSdist(name, version, options = {}) {
      const { build = 'pass', requires = [], module, files, metadata = '', metadataVersion = '2.1', ...rest } = options;
      const { foretells, ...more } = rest;
      const inPython = (lines: string) => lines.replaceAll('\n', '\\n');
      const { product = { name, version }, ...listing } = more;
      const sdist = await makeSdist(folder, `${name}-${version}`, {
        'pyproject.toml': `[build-system]\nrequires = ${JSON.stringify(requires)}\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
        'PKG-INFO': `Metadata-Version: ${metadataVersion}\nName: ${name}\nVersion: ${version}\n${metadata}`,
        'backend.py':
          backend(
            product.name,
            product.version,
            build,
            module ?? `"version = '${version}'\\n"`,
            inPython(metadata),
            files,
          ) + (foretells ? foretelling(name, version, inPython(foretells === true ? metadata : foretells)) : ''),
      });
      const bytes = await readFile(sdist.path);
      offer(name, sdist.filename, bytes, listing);
      return sha256(bytes);
    },
    addWheel: offer,
    addFile: offer,
    remove(name) {
      projects.delete(name);
      server.routes.delete(`/simple/${name}/`);
    },
  };
}

/** From now on the index wants this user for all that it has. */
export function lock(index: LocalIndex, user: string, password: string): string {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  for (const [path, handler] of [...index.routes]) {
    const locked: Handler = (request, response) => {
      if (request.headers.authorization === basic) handler(request, response);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end();
    };
    index.routes.set(path, locked);
  }
  return basic;
}
