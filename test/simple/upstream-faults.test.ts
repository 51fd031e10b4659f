import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { answerProblems } from '../../src/api/problems.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { sha256 } from '../storage/wheel.ts';
import { createIndexServer, type Handler, half, JSON_TYPE, page, redirect, send } from '../upstream/index-server.ts';
import { realWheel } from './real-wheel.ts';

const MIB = 1024 * 1024;
const PAGE = '/simple/leaf/';

/** The merged index, listening, of an upstream that does as it is told; `stored` is all that was ever kept. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const server = await createIndexServer(t);
  /** Another service of the same machine, which nothing may be led to. */
  const neighbour = await createIndexServer(t);
  let now = Date.parse('2026-01-01T00:00:00Z');
  const index = server.indexUrl.replace('://', '://somebody:secret@');
  const upstream = createUpstream({ indexes: [parseIndexUrl(index)!], store, retryDelays: [], now: () => now });
  t.teardown(() => upstream.close());
  const app = fastify({ forceCloseConnections: true });
  answerProblems(app);
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'merged', store, upstream, scratch });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const get = async (path: string, accept = JSON_TYPE) => {
    const { statusCode: status, headers, body } = await request(origin + path, { headers: { accept } });
    return { status, headers, bytes: Buffer.from(await body.arrayBuffer()) };
  };
  const stored = async () => {
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    return keys;
  };
  return { server, neighbour, get, stored, scratch, later: () => (now += 3_600_000) };
}

/** A body that goes on and on, in steps of 1 MiB, for as long as somebody reads, `mebibytes` at most. */
const endless =
  (type: string, encoding?: 'gzip', mebibytes = 80): Handler =>
  async (_request, response) => {
    response.writeHead(200, { 'content-type': type, ...(encoding && { 'content-encoding': encoding }) });
    const out = encoding ? createGzip({ level: 1 }) : response;
    if (encoding) out.pipe(response);
    for (let sent = 0; sent < mebibytes && !response.destroyed; sent += 1)
      if (!out.write(Buffer.alloc(MIB, ' '))) await Promise.race([once(out, 'drain'), once(response, 'close')]);
    out.end();
  };

const garbage: Handler = (request) => request.socket.end('SSH-2.0-OpenSSH_9.7\r\n');
const hangUp: Handler = (request) => request.socket.destroy();
const json = (value: unknown) => send(JSON.stringify(value), JSON_TYPE);
const html = (text: string, status = 200) => send(text, 'text/html', {}, status);

const loop: Handler = (request, response) => redirect(request.url!)(request, response);

/** What upstream does, and what the client is told of it. */
type Fault = [what: string, answer: Handler, says: RegExp];

/** `neighbour` is the origin of another service of this machine. */
const redirects = (neighbour: string): Fault[] => [
  ['a redirect loop', loop, /redirected more than 5 times/],
  ['a redirect to another service of this machine', redirect(`${neighbour}/secret`), /private network/],
  ['a redirect to it by name', redirect(neighbour.replace('127.0.0.1', 'localhost')), /private network/],
  ['a redirect to it in IPv6', redirect(neighbour.replace('127.0.0.1', '[::ffff:127.0.0.1]')), /private network/],
  ['a redirect to where clouds keep credentials', redirect('http://169.254.169.254/latest/'), /private network/],
  ['a redirect into the private network', redirect('http://10.0.0.1/'), /private network/],
  ['a redirect to a file', redirect('file:///etc/passwd'), /leads to a file: URL/],
  ['a redirect to nothing', redirect('http://'), /no URL/],
];

const WHOLE = JSON.stringify({ meta: { 'api-version': '1.4' }, name: 'leaf', files: [] }).padEnd(2_000);

const pageFaults: Fault[] = [
  ['an HTML error page with 200', html('<h1>Bad gateway</h1>'), /lists no files/],
  ['a login page with links', html('<a href="/login">Log in</a><a href="/x.css">'), /lists no files/],
  ['an HTML error page that is called JSON', send('<h1>Busy</h1>', JSON_TYPE), /JSON that cannot be read/],
  ['an empty page', html(''), /lists no files/],
  ['JSON that is no page', json(['leaf']), /JSON that lists no files/],
  ['an error in JSON with 200', json({ error: 'busy' }), /JSON that lists no files/],
  ['a page of another version', json({ meta: { 'api-version': '2.0' }, files: [] }), /version "2.0"/],
  ['a page of another project', json({ name: 'other', files: [] }), /the page of "other" instead/],
  ['files of another project', html('<a href="/files/other-1.0-py3-none-any.whl">x</a>'), /files of other instead/],
  ['half a page', half(Buffer.from(WHOLE), JSON_TYPE), /connection broke/],
  [
    'half a page, packed',
    send(gzipSync(WHOLE).subarray(0, -9), JSON_TYPE, { 'content-encoding': 'gzip' }),
    /connection failed \(Z_BUF_ERROR\)/,
  ],
  ['a page packed in a way nobody asked for', send(WHOLE, JSON_TYPE, { 'content-encoding': 'br' }), /encoding "br"/],
  ['a wrong content type', send(WHOLE, 'application/octet-stream'), /"application\/octet-stream"/],
  ['no content type', send(WHOLE, ''), /sent "" where/],
  ['a page that is said to be giant', send('', JSON_TYPE, { 'content-length': String(65 * MIB) }), /more than 64 MiB/],
  ['a page that never ends', endless(JSON_TYPE), /more than 64 MiB/],
  ['a page that never ends, packed', endless(JSON_TYPE, 'gzip'), /more than 64 MiB/],
  ['500', html('<p>busy', 500), /answered 500/],
  ['503', html('<p>busy', 503), /answered 503/],
  ['403', html('<p>no', 403), /answered 403/],
  ['204', html('', 204), /answered 204/],
  ['a connection that ends without an answer', hangUp, /connection/],
  ['something that is not HTTP', garbage, /its answer is not HTTP/],
];

t.test('a page that cannot be trusted is a 502 that says why, and nothing is kept of it', async (t) => {
  const { server, neighbour, get, stored } = await setUp(t);
  for (const [what, answer, says] of [...pageFaults, ...redirects(neighbour.origin)]) {
    server.routes.set(PAGE, answer);
    for (const accept of [JSON_TYPE, 'text/html']) {
      const { status, headers, bytes } = await get(PAGE, accept);
      t.strictSame([status, headers['content-type']], [502, 'application/problem+json'], what);
      const { detail, code } = JSON.parse(bytes.toString());
      t.equal(code, 'upstream-unavailable');
      t.match(detail, says, what);
      t.notMatch(detail, 'secret', 'no password is told');
    }
    t.strictSame(await stored(), [], `${what}: nothing is kept`);
  }
  t.equal(neighbour.requests.length, 0, 'the neighbour was never asked');
  server.routes.set(PAGE, page([]));
  t.equal((await get(PAGE)).status, 200, 'and the next answer that is good is taken');
});

t.test('a page that was good is served while upstream has faults, and says so', async (t) => {
  const { server, neighbour, get, stored, later } = await setUp(t);
  const listed = { filename: 'leaf-1.0-py3-none-any.whl', url: 'x', hashes: { sha256: 'e'.repeat(64) }, size: 1 };
  server.routes.set(PAGE, page([listed]));
  const good = await get(PAGE);
  const before = await stored();
  t.equal(before.length, 1, 'the page');
  for (const [what, answer] of [...pageFaults, ...redirects(neighbour.origin)]) {
    server.routes.set(PAGE, answer);
    later();
    const { status, headers, bytes } = await get(PAGE);
    t.strictSame([status, headers['wheelmill-upstream']], [200, 'stale'], what);
    t.ok(bytes.equals(good.bytes), what);
  }
  t.strictSame(await stored(), before);
  server.routes.delete(PAGE);
  later();
  t.equal((await get(PAGE)).status, 404, 'only where upstream says it is gone, it is');
});

t.test('a file that cannot be trusted is a 502 that says why, and nothing is kept of it', async (t) => {
  const { server, neighbour, get, stored, scratch } = await setUp(t);
  const wheel = await realWheel('leaf', '1.5');
  const digest = sha256(wheel.bytes);
  const size = wheel.bytes.length;
  const listed = { filename: wheel.filename, url: '../../files/leaf.whl', hashes: { sha256: digest } };
  const wheels: Fault[] = [
    ['an HTML error page with 200', html('<h1>Busy</h1>'), /SHA-256 .* the index gives|ended after/],
    ['other bytes of the same length', send(Buffer.alloc(size)), new RegExp(`the index gives ${digest}`)],
    ['one bit that is wrong', send(oneBitOff(wheel.bytes)), new RegExp(`the index gives ${digest}`)],
    ['half a file', half(wheel.bytes), /connection broke/],
    ['half a file, said to be all', send(wheel.bytes.subarray(0, size / 2)), /SHA-256|ended after/],
    ['nothing', send(''), /SHA-256|ended after/],
    ['a file that never ends', endless('application/octet-stream', undefined, 8), /SHA-256|more than the/],
    [
      'a file packed on its way',
      send(gzipSync(wheel.bytes), 'x/y', { 'content-encoding': 'gzip' }),
      /SHA-256|ended|more/,
    ],
    ['404', html('<p>gone', 404), /answered 404/],
    ['403', html('<p>no', 403), /answered 403/],
    ['500', html('<p>busy', 500), /answered 500/],
    ['206', send(wheel.bytes, 'x/y', {}, 206), /answered 206/],
    ['a connection that ends without an answer', hangUp, /connection/],
    ['something that is not HTTP', garbage, /its answer is not HTTP/],
    ...redirects(neighbour.origin),
  ];
  for (const more of [{ size }, {}]) {
    server.routes.set(PAGE, page([{ ...listed, ...more }], {}, {}));
    const pages = await withPage(get, stored);
    for (const [what, answer, says] of wheels) {
      server.routes.set('/files/leaf.whl', answer);
      const { status, headers, bytes } = await get(`/wheels/leaf/${digest}/${wheel.filename}`);
      t.strictSame([status, headers['content-type']], [502, 'application/problem+json'], what);
      t.match(JSON.parse(bytes.toString()).detail, says, what);
      t.notOk('etag' in headers, 'nothing invites to keep it');
      t.match(headers['cache-control'], 'no-store');
      t.strictSame(await stored(), pages, `${what}: nothing is kept`);
      t.strictSame(await readdir(scratch), [], `${what}: nothing is left behind`);
    }
  }
  t.equal(neighbour.requests.length, 0, 'the neighbour was never asked');
  server.routes.set('/files/leaf.whl', send(wheel.bytes));
  const { status, bytes } = await get(`/wheels/leaf/${digest}/${wheel.filename}`);
  t.equal(status, 200);
  t.ok(bytes.equals(wheel.bytes), 'and the next answer that is good is taken');
});

t.test('a file of a page that leads into the private network is not fetched', async (t) => {
  const { server, neighbour, get, stored, later } = await setUp(t);
  const digest = 'e'.repeat(64);
  const filename = 'leaf-1.0-py3-none-any.whl';
  for (const url of [
    `${neighbour.origin}/x.whl`,
    'http://169.254.169.254/x.whl',
    'http://[::1]/x.whl',
    'ftp://x.test/x.whl',
  ]) {
    server.routes.set(PAGE, page([{ filename, url, hashes: { sha256: digest }, 'core-metadata': true }]));
    later();
    const pages = await withPage(get, stored);
    for (const path of [filename, `${filename}.metadata`]) {
      const { status, bytes } = await get(`/wheels/leaf/${digest}/${path}`);
      t.equal(status, 502, `${url} ${path}`);
      t.match(JSON.parse(bytes.toString()).detail, /private network|ftp: URL/);
    }
    t.strictSame(await stored(), pages);
  }
  t.equal(neighbour.requests.length, 0, 'the neighbour was never asked');
});

t.test('metadata that cannot be trusted is refused, and nothing is kept of it', async (t) => {
  const { server, neighbour, get, stored, later } = await setUp(t);
  const wheel = await realWheel('leaf', '1.5');
  const other = await realWheel('leaf', '1.6');
  const digest = sha256(wheel.bytes);
  const listed = { filename: wheel.filename, url: '../../files/leaf.whl', hashes: { sha256: digest } };
  const url = `/wheels/leaf/${digest}/${wheel.filename}.metadata`;
  const giant = send('', 'x/y', { 'content-length': String(17 * MIB) });
  type Row = [what: string, answer: Handler, withHash: number, withoutHash: number];
  const rows: Row[] = [
    ['an HTML error page with 200', html('<h1>Busy</h1>'), 502, 404],
    ['that of another version', send(other.metadata), 502, 404],
    ['half of it', half(wheel.metadata), 502, 502],
    ['what never ends', giant, 502, 502],
    ['404', html('<p>gone', 404), 404, 404],
    ['500', html('<p>busy', 500), 502, 502],
    ...redirects(neighbour.origin).map(([what, answer]): Row => [what, answer, 502, 502]),
  ];
  for (const [mark, column] of [
    [{ sha256: sha256(wheel.metadata) }, 2],
    [true, 3],
  ] as const) {
    server.routes.set(PAGE, page([{ ...listed, 'core-metadata': mark }]));
    later();
    const pages = await withPage(get, stored);
    for (const row of rows) {
      const [what, answer] = row;
      server.routes.set('/files/leaf.whl.metadata', answer);
      const { status, headers } = await get(url);
      t.strictSame([status, headers['content-type']], [row[column], 'application/problem+json'], what);
      t.strictSame(await stored(), pages, `${what}: nothing is kept`);
    }
  }
  t.equal(neighbour.requests.length, 0, 'the neighbour was never asked');
  server.routes.set('/files/leaf.whl.metadata', send(wheel.metadata));
  t.ok((await get(url)).bytes.equals(wheel.metadata), 'and the next answer that is good is taken');
});

function oneBitOff(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

/** Asks for the page, and gives what is kept then: the page, and nothing else. */
async function withPage(get: (path: string) => Promise<{ status: number }>, stored: () => Promise<string[]>) {
  const { status } = await get(PAGE);
  const keys = await stored();
  if (status !== 200 || keys.length !== 1) throw new Error(`The page is ${status}, and kept are ${keys.join()}.`);
  return keys;
}
