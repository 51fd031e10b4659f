import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import type { Sha256 } from '../../src/core/sha256.ts';
import { BuildFailure } from '../../src/errors.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createUpstream, type UpstreamOptions } from '../../src/upstream/client.ts';
import type { UpstreamFile } from '../../src/upstream/upstream.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { createIndexServer, half, inTurn, JSON_TYPE, page, redirect, send } from './index-server.ts';

const demo = normalizeName('demo');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex') as Sha256;
const METADATA = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: other>=2\n';
const BYTES = Buffer.alloc(200_000, 'wheel ');
const WHEEL = 'demo-1.0-py3-none-any.whl';

/** A client of a server on loopback, with a clock that only moves when it is told to and retries that do not wait. */
async function setUp(t: Test, options: Partial<UpstreamOptions> & { userinfo?: string } = {}) {
  const server = await createIndexServer(t);
  const clock = { now: Date.UTC(2026, 0, 1) };
  const folder = t.testdir({});
  const store = createFileStore({ folder: join(folder, 'store') });
  const indexUrl = server.indexUrl.replace('://', `://${options.userinfo ?? ''}`);
  const make = () => {
    const upstream = createUpstream({
      indexes: [parseIndexUrl(indexUrl)!],
      store,
      retryDelays: [1, 1, 1],
      now: () => clock.now,
      ...options,
    });
    t.teardown(() => upstream.close());
    return upstream;
  };
  const listed = { filename: WHEEL, url: '../../files/demo-1.0-py3-none-any.whl', hashes: { sha256: sha256(BYTES) } };
  const file = async (more: Record<string, unknown> = {}): Promise<UpstreamFile> => {
    server.routes.set('/simple/demo/', page([{ ...listed, ...more }]));
    return (await upstream.project(demo, { maxAge: 0 }))!.files[0]!;
  };
  const upstream = make();
  return { server, clock, store, folder: join(folder, 'scratch'), upstream, make, listed, file };
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

const failure = (reason: string, message: RegExp) => ({ name: 'BuildFailure', reason, message });

t.test('a page is read, kept in memory and in the bucket, and revalidated when it is old', async (t) => {
  const { server, clock, upstream, make, listed } = await setUp(t);
  t.equal(await upstream.cached(demo), 'unknown', 'nothing is known before the first question');
  server.routes.set('/simple/demo/', (request, response) => {
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
    else page([{ ...listed, size: 7, yanked: 'broken', 'core-metadata': true }], { etag: '"v1"' })(request, response);
  });
  const first = (await upstream.project(demo))!;
  t.match(first, {
    name: 'demo',
    stale: false,
    files: [
      {
        kind: 'wheel',
        filename: WHEEL,
        url: `${server.origin}/files/${WHEEL}`,
        sha256: sha256(BYTES),
        size: 7,
        yanked: 'broken',
        coreMetadata: true,
        wheel: { version: '1.0', tags: ['py3-none-any'] },
      },
    ],
  });
  t.match(server.requests[0]?.headers.accept, /^application\/vnd.pypi.simple.v1\+json/);
  await Promise.all(Array.from({ length: 20 }, () => upstream.project(demo)));
  t.equal(server.asked('/simple/demo/'), 1, 'memory answers');
  t.same(await make().project(demo), first, 'a new process reads it from the bucket');
  t.same(await make().cached(demo), first);
  t.equal(server.asked('/simple/demo/'), 1);
  clock.now += 11 * 60_000;
  const later = (await upstream.project(demo))!;
  t.same(later.files, first.files);
  t.equal(later.fetchedAt.getTime(), clock.now, 'upstream has confirmed it');
  t.equal(server.asked('/simple/demo/'), 2);
});

t.test('what upstream says of a project and of files is kept, and asked for where an old page lacks it', async (t) => {
  const { server, clock, upstream, make, listed, store } = await setUp(t);
  const provenance = 'https://upstream.test/attested';
  const said = {
    'project-status': { status: 'archived', reason: 'done' },
    versions: ['1.0.0', '0.9', '1.0', 'odd one'],
  };
  server.routes.set('/simple/demo/', (request, response) => {
    if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
    else page([{ ...listed, provenance }, listed], { etag: '"v1"' }, said)(request, response);
  });
  const expected = {
    status: { status: 'archived', reason: 'done' },
    versions: ['1.0.0', '0.9', 'odd one'],
    files: [{ filename: WHEEL, provenance }],
  };
  const first = (await upstream.project(demo))!;
  t.match(first, expected);
  t.equal(first.files.length, 1, 'each name once');
  t.same(await make().cached(demo), first, 'from the bucket too');
  const [key = ''] = await keysOf(store, 'upstream/');
  const kept = JSON.parse(String(await store.read(key))) as Record<string, unknown>;
  const { status, versions, ...old } = kept;
  t.same([status, versions], [expected.status, said.versions]);
  await store.put(key, JSON.stringify({ ...old, schema: 1, files: [{ ...listed, hashes: undefined }] }));
  t.match(await make().cached(demo), { files: [{ filename: WHEEL }] }, 'a page of before is read');
  clock.now += 11 * 60_000;
  t.match(await make().project(demo), expected, 'and asked for whole, though upstream calls it unchanged');
});

t.test('a quarantined project has no files, whatever its page lists', async (t) => {
  const { server, upstream, listed } = await setUp(t);
  server.routes.set('/simple/demo/', page([listed], {}, { 'project-status': { status: 'quarantined' } }));
  t.match(await upstream.project(demo), { status: { status: 'quarantined' }, files: { length: 0 }, versions: ['1.0'] });
});

t.test('many callers make one request, and one that gives up does not end it for the others', async (t) => {
  const { server, upstream, listed } = await setUp(t);
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  server.routes.set('/simple/demo/', (request, response) => {
    events.once('answer', () => page([listed])(request, response));
    events.emit('asked');
  });
  const control = new AbortController();
  const gone = upstream.project(demo, { signal: control.signal });
  const others = Array.from({ length: 10 }, () => upstream.project(demo));
  await asked;
  control.abort(new Error('gone'));
  await t.rejects(gone, { message: 'gone' });
  events.emit('answer');
  for (const project of await Promise.all(others)) t.equal(project?.files.length, 1);
  t.equal(server.asked('/simple/demo/'), 1);
});

t.test('a project that is not there is asked for again after a minute', async (t) => {
  const { server, clock, upstream, listed } = await setUp(t);
  t.equal(await upstream.project(demo), undefined);
  t.equal(await upstream.project(demo), undefined);
  t.equal(await upstream.cached(demo), undefined, 'known to be missing');
  t.equal(server.asked('/simple/demo/'), 1);
  server.routes.set('/simple/demo/', page([listed]));
  clock.now += 61_000;
  t.equal((await upstream.project(demo))?.files.length, 1);
});

t.test('the first index that has the project wins, and one that does not answer is not passed over', async (t) => {
  const one = await createIndexServer(t);
  const two = await createIndexServer(t);
  const upstream = createUpstream({
    indexes: [parseIndexUrl(one.indexUrl)!, parseIndexUrl(two.indexUrl)!],
    store: createFileStore({ folder: t.testdir({}) }),
    retryDelays: [],
  });
  t.teardown(() => upstream.close());
  const named = (filename: string) => page([{ filename, url: filename, hashes: {} }]);
  one.routes.set('/simple/both/', named('both-1.0.tar.gz'));
  two.routes.set('/simple/both/', named('both-2.0.tar.gz'));
  two.routes.set('/simple/second/', named('second-1.0.tar.gz'));
  one.routes.set('/simple/broken/', send('', 'text/html', {}, 500));
  two.routes.set('/simple/broken/', named('broken-6.6.6.tar.gz'));
  t.match(await upstream.project(normalizeName('both')), { files: [{ filename: 'both-1.0.tar.gz' }] });
  t.match(await upstream.project(normalizeName('second')), { files: [{ filename: 'second-1.0.tar.gz' }] });
  await t.rejects(upstream.project(normalizeName('broken')), failure('upstream-unavailable', /answered 500/));
});

t.test('what an index may do wrong', async (t) => {
  const html = '<html><body><h1>Maintenance</h1></body></html>';
  const rows: [string, Parameters<Map<string, ReturnType<typeof send>>['set']>[1], RegExp][] = [
    ['an error page with status 200', send(html, 'text/html'), /lists no files/],
    ['an error page for JSON', send(html, JSON_TYPE), /JSON that cannot be read/],
    ['JSON of something else', send('{"message": "hello"}', JSON_TYPE), /lists no files/],
    ['another content type', send('x', 'text/plain'), /"text\/plain" where an index page belongs/],
    ['a newer major version', send('{"meta":{"api-version":"2.0"},"files":[]}', JSON_TYPE), /version "2.0"/],
    ['500 again and again', send(html, 'text/html', {}, 500), /answered 500/],
    ['no access', send(html, 'text/html', {}, 403), /answered 403: check the user name/],
    ['half a page', half(Buffer.alloc(10_000, ' '), JSON_TYPE), /connection broke/],
    ['a redirect to itself', redirect('/simple/demo/'), /redirected more than 5 times/],
    ['a redirect to a file', redirect('file:///etc/passwd'), /file: URL/],
    ['a redirect into the private network', redirect('http://127.0.0.2:1/'), /leads to 127\.0\.0\.2/],
    ['a redirect to a name of this machine', redirect('http://localhost:9/'), /leads to localhost/],
    ['a redirect to cloud metadata', redirect('http://169.254.169.254/latest/'), /leads to 169\.254\.169\.254/],
    [
      'a page announced too long',
      (_request, response) => {
        response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': 2 ** 30 }).flushHeaders();
      },
      /more than 64 MiB/,
    ],
  ];
  for (const [name, handler, message] of rows) {
    await t.test(name, async (t) => {
      const { server, upstream } = await setUp(t, { retryDelays: [] });
      server.routes.set('/simple/demo/', handler);
      await t.rejects(upstream.project(demo), failure('upstream-unavailable', message));
    });
  }
});

t.test('a page that never ends, also a packed one, is given up at the limit', async (t) => {
  const { gzipSync } = await import('node:zlib');
  const { server, upstream } = await setUp(t, { retryDelays: [] });
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));
  server.routes.set('/simple/demo/', send(bomb, JSON_TYPE, { 'content-encoding': 'gzip' }));
  t.ok(bomb.length < 1_000_000);
  await t.rejects(upstream.project(demo), failure('upstream-unavailable', /more than 64 MiB/));
});

t.test('what may pass is tried again, and an old page is better than none', async (t) => {
  const { server, clock, upstream, make, listed } = await setUp(t);
  const broken = send('', 'text/html', {}, 503);
  const cut = half(Buffer.alloc(1000), JSON_TYPE);
  server.routes.set('/simple/demo/', inTurn(broken, cut, send('', 'text/html', {}, 429), page([listed]), broken));
  t.equal((await upstream.project(demo))?.stale, false);
  t.equal(server.asked('/simple/demo/'), 4);
  clock.now += 11 * 60_000;
  t.match(await upstream.project(demo), { stale: true, files: { length: 1 } });
  t.equal(server.asked('/simple/demo/'), 8);
  t.match(await upstream.project(demo), { stale: true });
  t.equal(server.asked('/simple/demo/'), 8, 'an upstream that is down is not asked at once again');
  t.match(await make().project(demo), { stale: true }, 'a new process has it from the bucket');
  clock.now += 16_000;
  server.routes.set('/simple/demo/', page([listed]));
  t.match(await upstream.project(demo), { stale: false });
});

t.test('metadata is checked and kept for good', async (t) => {
  const { server, upstream, make, file } = await setUp(t);
  const path = `/files/${WHEEL}.metadata`;
  server.routes.set(path, send(METADATA));
  const wheel = await file({ 'core-metadata': { sha256: sha256(METADATA) } });
  t.equal(await upstream.metadata(wheel, { cachedOnly: true }), undefined);
  t.equal(server.asked(path), 0);
  t.match(await upstream.metadata(wheel), { name: 'demo', requiresDist: ['other>=2'] });
  t.equal((await upstream.metadataBytes(wheel))?.toString(), METADATA);
  t.match(await make().metadata(wheel, { cachedOnly: true }), { name: 'demo' }, 'from the bucket');
  t.equal(server.asked(path), 1);
  const lying = await file({ 'core-metadata': { sha256: sha256('something else') } });
  await t.rejects(upstream.metadata(lying), failure('hash-mismatch', new RegExp(sha256(METADATA))));
  t.equal(await upstream.metadata(await file()), undefined, 'not offered, not asked for');
});

t.test('metadata that is announced and missing, or unreadable, counts as not offered', async (t) => {
  const { server, upstream, file } = await setUp(t, { retryDelays: [] });
  const wheel = await file({ 'core-metadata': true });
  t.equal(await upstream.metadata(wheel), undefined);
  server.routes.set(`/files/${WHEEL}.metadata`, send('', 'text/plain', {}, 500));
  await t.rejects(upstream.metadata(wheel), failure('fetch-failed', /answered 500/));
  server.routes.set(`/files/${WHEEL}.metadata`, send('no metadata'));
  t.equal(await upstream.metadata(wheel), undefined);
});

t.test('a file is fetched whole and checked', async (t) => {
  const { server, upstream, folder, file } = await setUp(t);
  server.routes.set(`/files/${WHEEL}`, inTurn(half(BYTES), send('', 'text/html', {}, 502), send(BYTES)));
  const fetched = await upstream.fetch(await file(), { folder });
  t.match(fetched, { size: BYTES.length, sha256: sha256(BYTES) });
  t.ok((await readFile(fetched.path)).equals(BYTES), 'the first, broken attempt left nothing in it');
  t.equal(server.asked(`/files/${WHEEL}`), 3);
  await fetched.release();
  t.same(await readdir(folder), []);
});

t.test('a file that cannot be trusted or had leaves nothing behind', async (t) => {
  const other = sha256('other');
  const rows: [
    string,
    Parameters<typeof t.match>[1] & object,
    Record<string, unknown>,
    ReturnType<typeof send>,
    Sha256?,
  ][] = [
    [
      'wrong bytes',
      failure('hash-mismatch', new RegExp(`${sha256('no')}.*the index gives ${sha256(BYTES)}`)),
      {},
      send('no'),
    ],
    [
      'not what the list wants',
      failure('hash-mismatch', new RegExp(`the list gives ${other}`)),
      {},
      send(BYTES),
      other,
    ],
    ['no hash at all', failure('fetch-failed', /gives no SHA-256/), { hashes: { md5: 'x' } }, send(BYTES)],
    ['not there', failure('fetch-failed', /answered 404/), {}, send('', 'text/html', {}, 404)],
    ['always half', failure('fetch-failed', /connection broke/), {}, half(BYTES)],
    [
      'cut without a length',
      failure('fetch-failed', /ended after 10 of 200000 bytes/),
      { size: BYTES.length },
      (_, response) => {
        response.writeHead(200).end(BYTES.subarray(0, 10));
      },
    ],
    ['larger than allowed', failure('fetch-failed', /larger than 300000 bytes/), {}, send(Buffer.alloc(300_001))],
    ['announced larger', failure('fetch-failed', /larger than 300000 bytes/), { size: 300_001 }, send(BYTES)],
    ['sent to a private address', failure('fetch-failed', /leads to 10\.0\.0\.1/), {}, redirect('http://10.0.0.1/x')],
  ];
  for (const [name, expected, more, handler, wanted] of rows) {
    await t.test(name, async (t) => {
      const { server, upstream, folder, file } = await setUp(t, { retryDelays: [], maxFileBytes: 300_000 });
      server.routes.set(`/files/${WHEEL}`, handler);
      await t.rejects(upstream.fetch(await file(more), { folder, ...(wanted && { sha256: wanted }) }), expected);
      t.same(await readdir(folder).catch(() => []), []);
    });
  }
});

t.test('a fetch that is aborted says so', async (t) => {
  const { server, upstream, folder, file } = await setUp(t);
  const control = new AbortController();
  server.routes.set(`/files/${WHEEL}`, (_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(0, 10));
    control.abort(new Error('cancelled'));
  });
  await t.rejects(upstream.fetch(await file(), { folder, signal: control.signal }), { message: 'cancelled' });
  t.same(await readdir(folder), []);
});

t.test('credentials go to the index alone and are never told', async (t) => {
  const { server, upstream, folder, file } = await setUp(t, { userinfo: 'user:s%3Acret@', retryDelays: [] });
  const elsewhere = await createIndexServer(t);
  const open = createUpstream({
    indexes: [parseIndexUrl(server.indexUrl.replace('://', '://user:s%3Acret@'))!],
    store: createFileStore({ folder: t.testdir({}) }),
    privateHosts: [new URL(elsewhere.origin).host],
    retryDelays: [],
  });
  t.teardown(() => open.close());
  elsewhere.routes.set(`/${WHEEL}`, send(BYTES));
  server.routes.set(`/files/${WHEEL}`, redirect(`${elsewhere.origin.replace('://', '://a:b@')}/${WHEEL}`));
  const wheel = await file();
  const error = await upstream.fetch(wheel, { folder }).catch((error: unknown) => error);
  t.match(error, failure('fetch-failed', /leads to 127\.0\.0\.1/), 'another port is not the index');
  t.notMatch(String((error as Error).message), /cret/);
  await (await open.fetch(wheel, { folder })).release();
  const basic = `Basic ${Buffer.from('user:s:cret').toString('base64')}`;
  for (const request of server.requests) t.equal(request.headers.authorization, basic);
  t.equal(elsewhere.requests.length, 1);
  t.equal(elsewhere.requests[0]?.headers.authorization, undefined);
});

t.test('of several indexes on one host each gets its own password', async (t) => {
  const server = await createIndexServer(t);
  const at = (path: string, userinfo = '') =>
    parseIndexUrl(`${server.origin.replace('://', `://${userinfo}`)}${path}`)!;
  const rows: [indexes: string[][], path: string, expected: string | undefined][] = [
    [
      [
        ['/one/simple/', 'ann:a@'],
        ['/two/simple/', 'bob:b@'],
      ],
      '/one/files/',
      'ann:a',
    ],
    [
      [
        ['/one/simple/', 'ann:a@'],
        ['/two/simple/', 'bob:b@'],
      ],
      '/two/files/',
      'bob:b',
    ],
    [
      [
        ['/one/simple/', 'ann:a@'],
        ['/two/simple/', 'bob:b@'],
      ],
      '/elsewhere/',
      'ann:a',
    ],
    [[['/public/'], ['/private/', 'bob:b@']], '/public/files/', undefined],
    [[['/public/'], ['/private/', 'bob:b@']], '/private/files/', 'bob:b'],
    [[['/public/'], ['/private/', 'bob:b@']], '/elsewhere/', 'bob:b'],
  ];
  for (const [indexes, path, expected] of rows) {
    const store = createFileStore({ folder: t.testdir({}) });
    const upstream = createUpstream({
      indexes: indexes.map(([root, user]) => at(root!, user)),
      store,
      retryDelays: [],
    });
    server.routes.set(`${path}${WHEEL}`, send(BYTES));
    const file = { filename: WHEEL, url: `${server.origin}${path}${WHEEL}`, sha256: sha256(BYTES) } as UpstreamFile;
    const fetched = await upstream.fetch(file, { folder: t.testdir({}) });
    await fetched.release();
    await upstream.close();
    const basic = expected && `Basic ${Buffer.from(expected).toString('base64')}`;
    t.equal(server.requests.at(-1)?.headers.authorization, basic, `${path} with ${indexes.join(' ')}`);
  }
});

t.test('check reaches the index', async (t) => {
  const { server, upstream } = await setUp(t, { retryDelays: [] });
  await upstream.check();
  t.match(server.requests[0], { method: 'HEAD', url: '/simple/' });
  server.routes.set('/simple/', send('', 'text/html', {}, 401));
  await t.rejects(upstream.check(), failure('upstream-unavailable', /answered 401/));
  const nowhere = createUpstream({
    indexes: [parseIndexUrl('http://127.0.0.1:1/simple')!],
    store: createFileStore({ folder: t.testdir({}) }),
    retryDelays: [],
  });
  t.teardown(() => nowhere.close());
  const error = await nowhere.check().catch((error: unknown) => error);
  t.ok(error instanceof BuildFailure);
  t.match(error, failure('upstream-unavailable', /connection was refused/));
});
