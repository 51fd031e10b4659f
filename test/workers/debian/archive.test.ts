import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import t from 'tap';
import { sha256Hex } from '../../../src/core/sha256.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import type { ContentsUrl } from '../../../src/workers/debian/apt-sources.ts';
import { createArchive } from '../../../src/workers/debian/archive.ts';
import { INTEREST } from '../../../src/workers/debian/contents.ts';

const scratch = t.testdir();
const asked: string[] = [];
const debian = createServer((incoming, response) => {
  asked.push(`${incoming.method} ${incoming.url}`);
  if (incoming.url === '/pool/gone.deb') response.writeHead(404).end('no such file');
  else if (incoming.url === '/pool/moved.deb') response.writeHead(302, { location: '/pool/x.deb' }).end();
  else if (incoming.url === '/pool/leads-away.deb')
    response.writeHead(302, { location: 'http://127.0.0.1:9/secret' }).end();
  else if (incoming.url === '/pool/huge.deb') response.writeHead(200, { 'content-length': 2 * 1024 ** 3 }).end('x');
  else response.end(`this is ${incoming.url}`);
}).listen(0, '127.0.0.1');
await once(debian, 'listening');
const host = `http://127.0.0.1:${(debian.address() as AddressInfo).port}`;

const store = createFileStore({ folder: `${t.testdir()}-bucket` });
const archive = createArchive({ scratch, store, environment: {}, log: pino({ level: 'silent' }) });
/** Stands for the tunnel: what connects here came out of a container. */
const door = archive.gateway([{ archive: `${host}/`, suite: 'trixie' }]);
const tunnel = createSocketServer((socket) => door.accept(socket)).listen(0, '127.0.0.1');
await once(tunnel, 'listening');
t.teardown(async () => {
  await archive.close();
  tunnel.close();
  debian.close();
});

/** A request as apt sends it to its proxy. */
async function ask(url: string, method = 'GET'): Promise<{ status: number; said: string; body: string }> {
  const { port } = tunnel.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, method, path: url, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = (await buffer(answer)).toString();
  return { status: answer.statusCode ?? 0, said: answer.statusMessage ?? '', body };
}

const rows: [url: string, method: string, answer: object, asksFor: string[]][] = [
  [
    '/dists/trixie/InRelease',
    'GET',
    { status: 200, body: 'this is /dists/trixie/InRelease' },
    ['/dists/trixie/InRelease'],
  ],
  ['/pool/x_1%2b2.deb', 'GET', { status: 200, body: 'this is /pool/x_1%2b2.deb' }, ['/pool/x_1%2b2.deb']],
  ['/pool/moved.deb', 'GET', { status: 200, body: 'this is /pool/x.deb' }, ['/pool/moved.deb', '/pool/x.deb']],
  ['/pool/gone.deb', 'GET', { status: 404 }, ['/pool/gone.deb']],
  ['/pool/leads-away.deb', 'GET', { status: 502, said: /the archive does not give it/ }, ['/pool/leads-away.deb']],
  ['/dists/sid/InRelease', 'GET', { status: 403, said: /own package sources/ }, []],
  ['/secret', 'GET', { status: 403 }, []],
  ['/pool/x.deb', 'POST', { status: 405 }, []],
  ['/pool/x.deb', 'HEAD', { status: 405 }, []],
];

for (const [path, method, answer, asksFor] of rows) {
  t.test(`${method} ${path}`, async (t) => {
    asked.length = 0;
    t.match(await ask(`${host}${path}`, method), answer);
    t.same(
      asked,
      asksFor.map((one) => `GET ${one}`),
    );
  });
}

t.test('other hosts are not asked, whatever the request says', async (t) => {
  asked.length = 0;
  for (const url of ['http://127.0.0.1:9/pool/x.deb', 'http://localhost/pool/x.deb', '/pool/x.deb'])
    t.match(await ask(url), { status: 403 }, url);
  t.same(asked, []);
});

const CONTENTS = `${host}/dists/trixie/main/Contents-amd64.gz` as ContentsUrl;
const SOURCES = [{ archive: `${host}/`, suite: 'trixie' }];

t.test('an index that cannot be read to its end ends with an error, and not never', async (t) => {
  // Kept as it was fetched once, and broken since: half of it, and the rest no gzip.
  const whole = gzipSync('usr/include/x.h libs/libx-dev\n'.repeat(10_000));
  const key = paths.debianContents(sha256Hex(`${INTEREST} ${CONTENTS}`));
  await store.put(key, Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(1000, 1)]));
  const { signal } = new AbortController();
  await t.rejects(async () => {
    for await (const _line of archive.contents(CONTENTS, SOURCES, signal));
  });
  await store.put(key, whole);
  const stop = new AbortController();
  await t.rejects(async () => {
    for await (const _line of archive.contents(CONTENTS, SOURCES, stop.signal)) stop.abort(new Error('cancelled'));
    stop.signal.throwIfAborted();
  }, /cancelled|abort/i);
  let lines = 0;
  for await (const line of archive.contents(CONTENTS, SOURCES, signal)) lines += Number(line.endsWith('libx-dev'));
  t.equal(lines, 10_000, 'and a whole one is read whole');
});

t.test('no file stays behind', async (t) => {
  await ask(`${host}/pool/x.deb`);
  t.same(await readdir(scratch), []);
});
