import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fastify, { type InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { answerProblems } from '../../src/api/problems.ts';
import { parseSha256 } from '../../src/core/sha256.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { writeClaim } from '../../src/storage/claims.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { writeTarget } from '../../src/storage/target-records.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { TARGET } from '../core/planning-data.ts';
import { sha256, someWheel } from '../storage/wheel.ts';
import { createIndexServer, type Handler, half, page, send } from '../upstream/index-server.ts';
import { realWheel } from './real-wheel.ts';

const JSON_V1 = 'application/vnd.pypi.simple.v1+json';
/** Older than this every page is asked for again: the tests change upstream between two requests. */
const MINUTES = 60_000;

type File = { filename: string; url: string; yanked?: boolean | string; hashes: Record<string, string> };

/** The merged view over a real store and an upstream of the test's own; `later` makes every page old. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  await writeTarget(store, TARGET);
  const server = await createIndexServer(t);
  let now = Date.parse('2026-01-01T00:00:00Z');
  const upstream = createUpstream({
    indexes: [parseIndexUrl(server.indexUrl)!],
    store,
    retryDelays: [],
    now: () => now,
  });
  t.teardown(() => upstream.close());
  const app = fastify({ forceCloseConnections: true });
  answerProblems(app);
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'merged', store, upstream, scratch });
  const get = (url: string, headers: Record<string, string> = {}, method: InjectOptions['method'] = 'GET') =>
    app.inject({ method, url, headers });
  const files = async (project: string) =>
    (await get(`/simple/${project}/`, { accept: JSON_V1 })).json().files as File[];
  const offer = (project: string, ...listed: unknown[]) => server.routes.set(`/simple/${project}/`, page(listed));
  const give = (path: string, handler: Handler) => server.routes.set(path, handler);
  const publish = async (more: Parameters<typeof someWheel>[1], bytes?: string) => {
    const wheel = await someWheel(scratch, more, bytes);
    await publishWheel(store, wheel);
    await renderProject(store, wheel.record.project);
    return wheel.record;
  };
  return { app, server, store, get, files, offer, give, publish, later: (by = 60 * MINUTES) => (now += by) };
}

const built = {
  key: 'a'.repeat(64),
  sdist: { filename: 'demo-1.0.tar.gz', sha256: 'b'.repeat(64) },
  target: TARGET.name,
  image: TARGET.build.identity,
  platform: 'debian-trixie-glibc-2.41',
  procedure: TARGET.procedure,
  recipe: 'c'.repeat(64),
};
const OURS = 'demo-1.0-1_aaaaaaaa-py3-none-any.whl';

t.test('wheels of both, never an sdist, each name once', async (t) => {
  const { get, files, offer, publish } = await setUp(t);
  const ours = await publish({ filename: OURS, build: built });
  const theirs = await realWheel('demo', '2.0');
  const hashes = { sha256: sha256(theirs.bytes) };
  offer(
    'demo',
    { filename: theirs.filename, url: '../../files/x.whl', hashes, size: theirs.bytes.length },
    { filename: 'demo-2.0.tar.gz', url: '../../files/x.tar.gz', hashes },
    { filename: 'demo-3.0-py3-none-any.whl', url: 'no-hash.whl', hashes: {} },
    { filename: OURS, url: '../../files/other-bytes.whl', hashes },
  );
  t.strictSame(
    (await files('demo')).map(({ filename, url }) => [filename, url]),
    [
      [OURS, `../../wheels/demo/${ours.sha256}/${OURS}`],
      [theirs.filename, `../../wheels/demo/${hashes.sha256}/${theirs.filename}`],
    ],
  );
  const html = await get('/simple/demo/', { accept: 'text/html' });
  t.match(html.body, `#sha256=${hashes.sha256}`);
  t.notMatch(html.body, 'tar.gz');
  t.strictSame((await get('/simple/demo/', { accept: JSON_V1 })).json().versions, ['1.0', '2.0', '3.0']);
});

t.test('404 exactly for projects nobody has', async (t) => {
  const { get, offer, publish } = await setUp(t);
  await publish({ filename: OURS });
  offer('sdist-only', { filename: 'sdist_only-1.tar.gz', url: 'x', hashes: { sha256: 'd'.repeat(64) } });
  t.equal((await get('/simple/demo/')).statusCode, 200, 'stored, unknown to upstream');
  const none = await get('/simple/sdist-only/', { accept: JSON_V1 });
  t.match(none, { statusCode: 200 });
  t.match(none.json(), { files: [], versions: ['1'] });
  t.equal((await get('/simple/nobody/')).statusCode, 404);
});

t.test('a wheel of ours is yanked once upstream has one that fits, and stays', async (t) => {
  const { files, get, offer, publish, later } = await setUp(t);
  const ours = await publish({ filename: OURS, build: built });
  const rival = (filename: string, more = {}) => ({ filename, url: 'x', hashes: { sha256: 'e'.repeat(64) }, ...more });
  const rows: [name: string, files: unknown[], yanked: boolean][] = [
    ['upstream has only the sdist', [rival('demo-1.0.tar.gz')], false],
    ['a wheel that does not fit the target', [rival('demo-1.0-cp27-cp27m-win32.whl')], false],
    ['a wheel of another version', [rival('demo-2.0-py3-none-any.whl')], false],
    ['a yanked wheel', [rival('demo-1.0-py3-none-any.whl', { yanked: true })], false],
    ['a wheel that fits', [rival('demo-1.0-py3-none-any.whl')], true],
  ];
  for (const [name, listed, yanked] of rows) {
    offer('demo', ...listed);
    later();
    const found = (await files('demo')).find((one) => one.filename === OURS);
    t.equal(found?.yanked !== undefined, yanked, name);
  }
  t.equal((await get(`/wheels/demo/${ours.sha256}/${OURS}`)).statusCode, 200, 'locks that name it still work');
});

t.test('of a copy, upstream says whether it is yanked', async (t) => {
  const { files, offer, publish } = await setUp(t);
  const { filename, sha256: digest } = await publish({ filename: 'demo-1.0-py3-none-any.whl', origin: 'mirrored' });
  offer('demo', { filename, url: 'x', hashes: { sha256: digest }, yanked: 'broken' });
  t.match(await files('demo'), [{ filename, yanked: 'broken' }]);
});

t.test('a copy that somebody has yanked here is yanked whatever upstream says', async (t) => {
  const { files, offer, publish } = await setUp(t);
  const copy = await publish({
    filename: 'demo-1.0-py3-none-any.whl',
    ...{ origin: 'mirrored', yanked: 'ours', yankedHere: {} },
  });
  offer('demo', { filename: copy.filename, url: 'x', hashes: { sha256: copy.sha256 } });
  t.match(await files('demo'), [{ filename: copy.filename, yanked: 'ours' }]);
});

t.test('provenance goes with the very bytes it is of', async (t) => {
  const { files, offer, publish } = await setUp(t);
  const provenance = 'https://upstream.test/attested';
  const copy = await publish({ filename: 'demo-1.0-py3-none-any.whl', origin: 'mirrored' }, 'mirrored');
  await publish({ filename: OURS, build: built });
  await publish({ filename: 'demo-3.0-py3-none-any.whl' }, 'of the same name');
  const listed = (filename: string, digest: string, more = {}) => ({
    filename,
    url: 'x',
    hashes: { sha256: digest },
    ...more,
  });
  offer(
    'demo',
    listed(copy.filename, copy.sha256, { provenance }),
    listed('demo-2.0-py3-none-any.whl', 'd'.repeat(64), { provenance }),
    listed('demo-1.0.tar.gz', built.sdist.sha256, { provenance }),
    listed('demo-3.0-py3-none-any.whl', 'e'.repeat(64), { provenance }),
  );
  const found = (await files('demo')) as (File & { provenance?: string })[];
  t.strictSame(
    found.map((one) => [one.filename, one.provenance]),
    [
      [OURS, undefined],
      [copy.filename, provenance],
      ['demo-3.0-py3-none-any.whl', undefined],
      ['demo-2.0-py3-none-any.whl', provenance],
    ],
  );
});

t.test("the project's status and versions are upstream's", async (t) => {
  const { get, server, publish, later } = await setUp(t);
  const ours = await publish({ filename: OURS, build: built });
  const wheel = { filename: 'demo-2.0-py3-none-any.whl', url: 'x', hashes: { sha256: 'd'.repeat(64) }, size: 1 };
  const say = (more: object) => {
    server.routes.set('/simple/demo/', page([wheel], {}, { versions: ['0.1', '2.0'], ...more }));
    later();
  };
  const both = async () => [
    (await get('/simple/demo/', { accept: JSON_V1 })).json(),
    (await get('/simple/demo/', { accept: 'text/html' })).body,
  ];
  say({});
  const [plain, html] = await both();
  t.strictSame(plain.versions, ['0.1', '1.0', '2.0']);
  t.notMatch(JSON.stringify(plain) + html, 'project-status');
  say({ 'project-status': { status: 'archived', reason: 'done' } });
  const [archived, archivedHtml] = await both();
  t.match(archived, { 'project-status': { status: 'archived', reason: 'done' }, files: { length: 2 } });
  t.match(archivedHtml, /content="archived">[\s\S]*content="done">[\s\S]*<a /);
  say({ 'project-status': { status: 'quarantined' } });
  const [quarantined, quarantinedHtml] = await both();
  t.match(quarantined, { 'project-status': { status: 'quarantined' }, versions: ['0.1', '1.0', '2.0'] });
  t.strictSame(quarantined.files, [], 'nobody gets what is taken for malware, built here or not');
  t.notMatch(quarantinedHtml, '<a ');
  t.equal((await get(`/wheels/demo/${'d'.repeat(64)}/${wheel.filename}`)).statusCode, 404, 'nor is it fetched through');
  say({});
  const [again] = await both();
  t.equal(again.files.length, 2, 'until upstream thinks better of it');
  t.equal((await get(`/wheels/demo/${ours.sha256}/${OURS}`)).statusCode, 200);
});

t.test('a wheel of upstream is fetched through once, and kept only with its hash', async (t) => {
  const { server, get, offer, give } = await setUp(t);
  const wheel = await realWheel('leaf', '1.5');
  const digest = sha256(wheel.bytes);
  const listed = {
    filename: wheel.filename,
    url: '../../files/leaf.whl',
    hashes: { sha256: digest },
    size: wheel.bytes.length,
    'core-metadata': { sha256: sha256(wheel.metadata) },
  };
  offer('leaf', listed);
  const url = `/wheels/leaf/${digest}/${wheel.filename}`;
  const bad: [name: string, handler: Handler][] = [
    ['other bytes than its hash', send(Buffer.alloc(wheel.bytes.length))],
    ['half of it', half(wheel.bytes)],
    ['an error page', send('<p>busy', 'text/html', {}, 503)],
  ];
  for (const [name, handler] of bad) {
    give('/files/leaf.whl', handler);
    t.match(await get(url), { statusCode: 502, headers: { 'content-type': /problem/ } }, name);
  }
  give('/files/leaf.whl', send(wheel.bytes));
  give('/files/leaf.whl.metadata', send(wheel.metadata));
  const before = server.asked('/files/leaf.whl');
  const answers = await Promise.all(Array.from({ length: 20 }, () => get(url)));
  for (const answer of answers) t.ok(answer.rawPayload.equals(wheel.bytes));
  t.equal(server.asked('/files/leaf.whl') - before, 1, 'twenty at once are one download');
  t.match((await get(url)).headers, { 'cache-control': /immutable/, 'accept-ranges': 'bytes', etag: `"${digest}"` });
  t.ok((await get(`${url}.metadata`)).rawPayload.equals(wheel.metadata), 'metadata byte for byte');
  server.stop();
  t.equal((await get(url)).statusCode, 200, 'what was fetched once is there without upstream');
  t.equal((await get(`/wheels/leaf/${'0'.repeat(64)}/${wheel.filename}`)).statusCode, 404, 'no other hash');
});

t.test('a file that another process has shown already is there, though the page here is older', async (t) => {
  const { server, get, files, offer, give, later } = await setUp(t);
  const [one, two] = await Promise.all(['1.0', '2.0'].map((version) => realWheel('leaf', version)));
  const listed = ({ filename, bytes }: NonNullable<typeof one>) => ({
    filename,
    url: `../../files/${filename}`,
    hashes: { sha256: sha256(bytes) },
  });
  offer('leaf', listed(one!));
  t.equal((await files('leaf')).length, 1);
  offer('leaf', listed(one!), listed(two!));
  give(`/files/${two!.filename}`, send(two!.bytes));
  const url = (digest: string) => `/wheels/leaf/${digest}/${two!.filename}`;
  t.equal((await get(url(sha256(two!.bytes)))).statusCode, 404, 'upstream is not asked again within seconds');
  later(MINUTES / 2);
  t.equal((await get(url(sha256(two!.bytes)))).statusCode, 200);
  const asked = server.asked('/simple/leaf/');
  for (const digit of ['0', '1', '2']) t.equal((await get(url(digit.repeat(64)))).statusCode, 404);
  t.equal(server.asked('/simple/leaf/'), asked, 'however many files are asked for that nobody has');
});

t.test('a large wheel goes out while it comes in', async (t) => {
  const { get, app, offer, give, server, store } = await setUp(t);
  const bytes = randomBytes(3 * 1024 * 1024);
  const digest = sha256(bytes);
  const filename = 'big-1-py3-none-any.whl';
  const url = `/wheels/big/${digest}/${filename}`;
  offer('big', { filename, url: '../../files/big.whl', hashes: { sha256: digest }, size: bytes.length });
  let finish = (_rest: Buffer) => {};
  give('/files/big.whl', (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2));
    finish = (rest) => response.end(rest);
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const follow = async () => {
    const answer = await fetch(origin + url);
    const reader = answer.body!.getReader();
    const first = await reader.read();
    return { answer, reader, first: first.value!.length };
  };
  const rest = async ({ reader, first }: Awaited<ReturnType<typeof follow>>) => {
    let size = first;
    for (let part = await reader.read(); !part.done; part = await reader.read()) size += part.value.length;
    return size;
  };
  const [one, other] = await Promise.all([follow(), follow()]);
  t.ok(one.first > 0 && other.first > 0, 'both have bytes while upstream still holds the second half');
  t.equal(one.answer.headers.get('content-length'), String(bytes.length));
  await other.reader.cancel();
  finish(Buffer.alloc(bytes.length / 2));
  await t.rejects(rest(one), 'wrong bytes end in a broken answer, one byte short at least');
  t.equal(await store.head(paths.upstreamFile(parseSha256(digest), filename)), undefined, 'and are not kept');
  const asked = server.asked('/files/big.whl');
  t.match(await get(url, {}, 'HEAD'), { statusCode: 200, headers: { 'content-length': String(bytes.length) } });
  t.equal(server.asked('/files/big.whl'), asked, 'a HEAD fetches nothing');

  const again = await follow();
  finish(bytes.subarray(bytes.length / 2));
  t.equal(await rest(again), bytes.length);
  const kept = await get(url);
  t.ok(kept.rawPayload.equals(bytes), 'the next one has it from the store');
});

t.test('with upstream down, what is known is served and says so', async (t) => {
  const { server, get, offer, publish, later } = await setUp(t);
  await publish({ filename: OURS });
  offer('leaf', { filename: 'leaf-1-py3-none-any.whl', url: 'x', hashes: { sha256: 'f'.repeat(64) } });
  t.equal((await get('/simple/leaf/')).headers['wheelmill-upstream'], undefined);
  server.stop();
  later();
  t.match(await get('/simple/leaf/'), { statusCode: 200, headers: { 'wheelmill-upstream': 'stale' } });
  t.match(await get('/simple/demo/'), { statusCode: 200, headers: { 'wheelmill-upstream': 'unavailable' } });
  t.match(await get('/simple/other/', { accept: JSON_V1 }), { statusCode: 502, body: /upstream/ });
});

t.test('a name that is claimed after upstream was asked has nothing of upstream on its page', async (t) => {
  const { files, offer, publish, store } = await setUp(t);
  offer('demo', { filename: 'demo-99.0-py3-none-any.whl', url: '/x', hashes: { sha256: 'f'.repeat(64) }, size: 1 });
  t.equal((await files('demo')).length, 1);
  // The merged view of this test knows nothing of claims: as one whose look at them was a moment too early.
  await writeClaim(store, 'demo', 'request');
  const ours = await publish({ origin: 'uploaded' });
  t.same(
    (await files('demo')).map((one) => one.filename),
    [ours.filename],
  );
});
