import { sha256 } from '../../storage/wheel.ts';
import type { Index, View } from './index.ts';
import { everyJsonFile, target } from './pages.ts';
import type { Row } from './table.ts';

type File = { path: string; filename: string; bytes: Buffer; metadata: Buffer };

/** Every file that a view lists. */
async function files(index: Index, view: View): Promise<File[]> {
  const listed = await everyJsonFile(index, view);
  return listed.map(({ page, file }) => {
    const { bytes, metadata } = index.wheels.get(file.filename)!;
    return { path: target(index, view, page.name, file.url), filename: file.filename, bytes, metadata };
  });
}

const forEach =
  (check: (t: Parameters<Row['check']>[0], index: Index, file: File) => Promise<unknown>): Row['check'] =>
  async (t, index, view) => {
    const all = await files(index, view);
    t.ok(all.length >= 3);
    for (const file of all) await check(t, index, file);
  };

const FOR_EVER = 'public, max-age=31536000, immutable';

export const FILES: Row[] = [
  {
    spec: 'RFC 9110, 9.3.2',
    level: 'SHOULD',
    says: 'HEAD tells length, type and ranges, also of a file that was never fetched (uv and pip ask so)',
    check: forEach(async (t, index, { path, bytes }) => {
      const { status, headers, body } = await index.get(path, {}, 'HEAD');
      t.strictSame([status, body.length], [200, 0]);
      t.match(headers, { 'content-length': String(bytes.length), 'accept-ranges': 'bytes' });
      t.equal(headers['content-type'], 'application/octet-stream');
    }),
  },
  {
    spec: 'pip',
    level: 'MUST',
    says: 'a file comes whole, with its length, as it is: never packed, and under no other name than its URL',
    check: forEach(async (t, index, { path, bytes }) => {
      const { status, headers, body } = await index.get(path, { 'accept-encoding': 'gzip, deflate, br, zstd' });
      t.equal(status, 200);
      t.ok(body.equals(bytes), path);
      t.match(headers, { 'content-length': String(bytes.length), 'content-type': 'application/octet-stream' });
      for (const name of ['content-encoding', 'content-disposition', 'transfer-encoding', 'set-cookie'])
        t.notOk(name in headers, name);
    }),
  },
  {
    spec: 'pip',
    level: 'MUST',
    says: 'URLs of files have no query: ".metadata" is put behind all of it',
    check: forEach(async (t, index, { path, filename }) => {
      t.notMatch(path, '?');
      t.match(path, /^\/(stored\/)?wheels\/[a-z]+\/[0-9a-f]{64}\//);
      t.equal(decodeURIComponent(path.split('/').at(-1)!), filename);
      t.equal((await index.get(path)).status, 200);
    }),
  },
  {
    spec: 'pip',
    level: 'MUST',
    says: 'the plus of a local version may be encoded, as pip does',
    check: async (t, index, view) => {
      const local = (await files(index, view)).filter(({ path }) => path.includes('+'));
      t.equal(local.length, 1);
      for (const { path, bytes, metadata } of local) {
        t.ok((await index.get(path.replaceAll('+', '%2B'))).body.equals(bytes));
        t.ok((await index.get(`${path.replaceAll('+', '%2b')}.metadata`)).body.equals(metadata));
      }
    },
  },
  {
    spec: 'RFC 9110, 8.8.3 and RFC 8246',
    level: 'SHOULD',
    says: 'a file never changes: its ETag is strong and its bytes may be kept for ever',
    check: forEach(async (t, index, { path, bytes }) => {
      const { headers } = await index.get(path);
      t.match(headers, { etag: `"${sha256(bytes)}"`, 'cache-control': FOR_EVER });
    }),
  },
  {
    spec: 'RFC 9110, 13.1.2',
    level: 'MUST',
    says: 'a file whose ETag the client has is a 304 without a body',
    check: forEach(async (t, index, { path, bytes }) => {
      for (const condition of [`"${sha256(bytes)}"`, '*', `"a", W/"${sha256(bytes)}"`]) {
        const { status, headers, body } = await index.get(path, { 'if-none-match': condition });
        t.strictSame([status, body.length, headers.etag], [304, 0, `"${sha256(bytes)}"`], condition);
      }
      t.equal((await index.get(path, { 'if-none-match': '"other"' })).status, 200);
    }),
  },
  {
    spec: 'RFC 9110, 14.2',
    level: 'SHOULD',
    says: 'one range is a 206 with just these bytes',
    check: forEach(async (t, index, { path, bytes }) => {
      const size = bytes.length;
      for (const [range, start, end] of [
        ['bytes=0-0', 0, 0],
        ['bytes=10-19', 10, 19],
        ['bytes=10-', 10, size - 1],
        ['bytes=-10', size - 10, size - 1],
        [`bytes=10-${size * 2}`, 10, size - 1],
      ] as const) {
        const { status, headers, body } = await index.get(path, { range });
        t.equal(status, 206, range);
        t.ok(body.equals(bytes.subarray(start, end + 1)), range);
        t.equal(headers['content-range'], `bytes ${start}-${end}/${size}`);
        t.equal(headers['content-length'], String(end + 1 - start));
      }
    }),
  },
  {
    spec: 'RFC 9110, 15.5.17',
    level: 'SHOULD',
    says: 'a range beyond the end is a 416 that tells the length',
    check: forEach(async (t, index, { path, bytes }) => {
      for (const range of [`bytes=${bytes.length}-`, 'bytes=-0']) {
        const { status, headers } = await index.get(path, { range });
        t.strictSame([status, headers['content-range']], [416, `bytes */${bytes.length}`], range);
      }
    }),
  },
  {
    spec: 'RFC 9110, 14.2',
    level: 'MUST',
    says: 'what is no range, several ranges, and a range of a HEAD are ignored',
    check: forEach(async (t, index, { path, bytes }) => {
      for (const range of ['bytes=5-4', 'bytes=0-1,5-6', 'items=0-1', 'bytes=', 'x']) {
        const { status, body } = await index.get(path, { range });
        t.strictSame([status, body.length], [200, bytes.length], range);
      }
      for (const range of ['bytes=0-0', `bytes=${bytes.length}-`]) {
        const { status, headers } = await index.get(path, { range }, 'HEAD');
        t.strictSame([status, headers['content-length']], [200, String(bytes.length)], range);
      }
    }),
  },
  {
    spec: 'RFC 9110, 13.1.5',
    level: 'MUST',
    says: 'If-Range gives the part of the very same file only, else the whole',
    check: forEach(async (t, index, { path, bytes }) => {
      const range = 'bytes=10-';
      const same = await index.get(path, { range, 'if-range': `"${sha256(bytes)}"` });
      t.strictSame([same.status, same.body.length], [206, bytes.length - 10]);
      for (const other of ['"other"', `W/"${sha256(bytes)}"`, 'Thu, 01 Jan 2026 00:00:00 GMT']) {
        const { status, body } = await index.get(path, { range, 'if-range': other });
        t.strictSame([status, body.length], [200, bytes.length], other);
      }
    }),
  },
  {
    spec: 'PEP 658',
    level: 'MUST',
    says: 'metadata comes byte for byte with its length, never packed, and with a HEAD and a 304 like the file',
    check: forEach(async (t, index, { path, metadata }) => {
      const { status, headers, body } = await index.get(`${path}.metadata`, { 'accept-encoding': 'gzip' });
      t.equal(status, 200);
      t.ok(body.equals(metadata));
      t.match(headers, {
        'content-type': 'application/octet-stream',
        'content-length': String(metadata.length),
        etag: `"${sha256(metadata)}"`,
      });
      t.notOk('content-encoding' in headers);
      const head = await index.get(`${path}.metadata`, {}, 'HEAD');
      t.strictSame([head.status, head.body.length], [200, 0]);
      t.equal(head.headers['content-length'], String(metadata.length));
      const same = await index.get(`${path}.metadata`, { 'if-none-match': headers.etag! });
      t.strictSame([same.status, same.body.length], [304, 0]);
    }),
  },
  {
    spec: 'RFC 8246',
    level: 'SHOULD',
    says: 'metadata whose hash the page tells never changes either',
    check: forEach(async (t, index, { path, filename }) => {
      const { headers } = await index.get(`${path}.metadata`);
      t.equal(headers['cache-control'], filename.startsWith('unsized') ? 'no-cache' : FOR_EVER, filename);
    }),
  },
  {
    spec: 'clients',
    level: 'MUST',
    says: 'a file is found under its own project, hash and name alone',
    check: forEach(async (t, index, { path }) => {
      const [, folder = '', project = '', digest = '', name = ''] =
        /^(.*\/wheels)\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
      for (const wrong of [
        `${folder}/other/${digest}/${name}`,
        `${folder}/${project}/${'0'.repeat(64)}/${name}`,
        `${folder}/${project}/${digest.toUpperCase()}/${name}`,
        `${folder}/${project}/${digest}/x${name}`,
        `${folder}/${project}/${digest}/${name}.metadata.metadata`,
        `${folder}/${project}/${digest}/`,
        `${folder}/${project}/`,
      ])
        t.equal((await index.get(wrong)).status, 404, wrong);
    }),
  },
];
