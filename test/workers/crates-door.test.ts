import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { openCrates } from '../../src/upstream/crates/open-crates.ts';
import { createGateway, type FetchedDistribution, type ViewOptions } from '../../src/workers/gateway.ts';
import { BUILD_BOUNDS } from '../../src/workers/gateway-bounds.ts';
import { type RegistryServer, startRegistry } from '../upstream/crates/registry-server.ts';
import { redirect, send } from '../upstream/index-server.ts';

/** A registry behind the gateway; `door` opens a view of it on loopback. */
async function setUp(
  t: Test,
  registry: RegistryServer,
  environment: Record<string, string> = { WHEELMILL_CARGO_UPSTREAM: `sparse+${registry.indexUrl}` },
) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const upstream = createUpstream({ indexes: [], store });
  const { crates } = openCrates({ environment, retryDelays: [] });
  const gateway = await createGateway({ upstream, crates, store, scratch, log: pino({ level: 'silent' }) });
  t.teardown(async () => {
    await gateway.close();
    await crates.close();
    await upstream.close();
  });
  const door = async (options: Partial<ViewOptions> = {}, builtIn?: string) => {
    const view = gateway.view({ storedWheels: true, ...options });
    if (builtIn !== undefined) view.cratesFrom?.(builtIn);
    const listener = createServer((socket) => view.accept(socket)).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.teardown(() => listener.close());
    return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  };
  return { door, store, scratch };
}

/** The path goes out as it is: a URL would have its tricks resolved. */
async function ask(origin: string, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { hostname, port } = new URL(origin);
  const request = httpRequest({ host: hostname, port, path, method, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

t.test('index and crates come through, and a crate comes once', async (t) => {
  const registry = await startRegistry(t);
  const sha256 = registry.addCrate('Leaf', '1.0.0+x', 'the bytes');
  const { door, store } = await setUp(t, registry);
  const seen: FetchedDistribution[] = [];
  const origin = await door({ onFile: (file) => seen.push(file) });
  const config = await ask(origin, '/cargo/config.json', { host: 'gateway.test:8080' });
  t.same(JSON.parse(config.body), { dl: 'http://gateway.test:8080/cargo/crates' }, 'crates are at the gateway');
  const index = await ask(origin, '/cargo/le/af/leaf');
  t.match(JSON.parse(index.body), { name: 'Leaf', vers: '1.0.0+x', cksum: sha256, deps: [] });
  for (const _ of [1, 2])
    t.match(await ask(origin, '/cargo/crates/Leaf/1.0.0+x/download'), { status: 200, body: 'the bytes' });
  t.equal(registry.asked('/dl/Leaf/1.0.0+x/download'), 1, 'the second is from the bucket');
  t.equal(registry.asked('/index/le/af/leaf'), 1);
  t.same(seen[0], { name: 'Leaf', version: '1.0.0+x', filename: 'Leaf-1.0.0+x.crate', sha256, crate: true });
  t.ok(await store.head(paths.upstreamFile(sha256, 'Leaf-1.0.0+x.crate')), 'where eviction finds it');
});

t.test('what is not there, and tricks with paths', async (t) => {
  const registry = await startRegistry(t);
  registry.addCrate('leaf', '1.0.0', 'x');
  registry.addCrate('odd', '1.0.0', 'x', { cksum: '../../../wheels/x', vers: '1.0.0' });
  registry.addCrate('other', '1.0.0', 'x', { name: 'leaf' });
  registry.addCrate('away', '../../x', 'x');
  const { door, scratch } = await setUp(t, registry);
  const origin = await door();
  for (const path of [
    '/cargo/go/ne/gone',
    '/cargo/od/d/odd',
    '/cargo/ot/he/other',
    '/cargo/aw/ay/away',
    '/cargo/',
    '/cargo/../simple/',
    '/cargo/..%2f..%2fdl/leaf/1.0.0/download',
    '/cargo/le/af/%2e%2e/leaf',
    '/cargo/LE/AF/LEAF',
    '/cargo/crates/leaf/2.0.0/download',
    '/cargo/crates/..%2fleaf/1.0.0/download',
    '/cargo/crates/leaf/..%2f1.0.0/download',
    '/cargo/crates/leaf/1.0.0/download/../../x',
  ])
    t.match(await ask(origin, path), { status: 404 }, path);
  t.match(await ask(origin, '/cargo/le/af/leaf', {}, 'POST'), { status: 404 });
  t.match(await ask(origin, '/cargo/config.json', { host: 'a.test"/x' }), { status: 400 });
  t.match(await ask(origin, '/cargo/config.json', { 'x-forwarded-prefix': '//evil.test' }), { status: 400 });
  t.same(
    registry.requests.map(({ url }) => url).filter((url) => !url?.startsWith('/index/')),
    [],
    'none of it reached the registry',
  );
  t.same(await readdir(scratch), []);
});

t.test('a crate that is not what the index says is given to nobody', async (t) => {
  const registry = await startRegistry(t);
  const sha256 = registry.addCrate('leaf', '1.0.0', 'right');
  registry.routes.set('/dl/leaf/1.0.0/download', send('wrong'));
  const { door, store, scratch } = await setUp(t, registry);
  const seen: FetchedDistribution[] = [];
  const origin = await door({ onFile: (file) => seen.push(file) });
  const answer = await ask(origin, '/cargo/crates/leaf/1.0.0/download');
  t.match(answer, { status: 502, body: /leaf-1\.0\.0\.crate as downloaded has the SHA-256/ });
  t.same(seen, []);
  t.equal(await store.head(paths.upstreamFile(sha256, 'leaf-1.0.0.crate')), undefined);
  t.same(await readdir(scratch), []);
});

t.test('a crate that is fetched counts, whatever is sent of it; one that is kept by what is sent', async (t) => {
  const registry = await startRegistry(t);
  const hashes = ['one', 'two', 'three'].map((name) => registry.addCrate(name, '1.0.0', Buffer.alloc(1000, name)));
  const { door, store, scratch } = await setUp(t, registry);
  const told: string[] = [];
  const bounded = (bytes: number) => door({ bounds: { ...BUILD_BOUNDS, bytes }, onRefusal: (why) => told.push(why) });
  const origin = await bounded(2500);
  const rows: [name: string, headers: Record<string, string>, status: number][] = [
    ['one', { range: 'bytes=0-0' }, 206],
    ['two', { 'if-none-match': `"${hashes[1]}"` }, 304],
    ['three', { range: 'bytes=0-0' }, 429],
  ];
  for (const [name, headers, status] of rows)
    t.match(await ask(origin, `/cargo/crates/${name}/1.0.0/download`, headers), { status }, name);
  t.same(told, ['A build may have 2500 bytes of the index.']);
  t.equal(await store.head(paths.upstreamFile(hashes[2]!, 'three-1.0.0.crate')), undefined);
  t.same(await readdir(scratch), []);
  const other = await bounded(2);
  for (const status of [206, 206, 429])
    t.match(await ask(other, '/cargo/crates/one/1.0.0/download', { range: 'bytes=0-0' }), { status });
  t.equal(registry.asked('/dl/one/1.0.0/download'), 1);
});

t.test('a registry leads nowhere into the private network', async (t) => {
  const registry = await startRegistry(t, { dl: 'http://127.0.0.1:9/dl' });
  registry.addCrate('leaf', '1.0.0', 'x');
  registry.addCrate('other', '1.0.0', 'x');
  registry.routes.set('/index/mo/ve/moved', redirect('http://127.0.0.1:9/secret'));
  const { door } = await setUp(t, registry);
  const origin = await door();
  for (const path of ['/cargo/crates/leaf/1.0.0/download', '/cargo/mo/ve/moved'])
    t.match(await ask(origin, path), { status: 502, body: /private network/ }, path);
});

t.test('a registry that is away', async (t) => {
  const registry = await startRegistry(t);
  registry.addCrate('leaf', '1.0.0', 'x');
  const { door } = await setUp(t, registry);
  const origin = await door();
  registry.stop();
  const answer = await ask(origin, '/cargo/le/af/leaf');
  t.match(answer, {
    status: 502,
    body: /crates registry http:\/\/127\.0\.0\.1:\d+\/index\/ cannot be used: the connection was refused/,
  });
});

t.test('a verification has its crates and no others, whatever became of them since', async (t) => {
  const registry = await startRegistry(t);
  const pinned = registry.addCrate('leaf', '1.0.0', 'old', { yanked: true });
  registry.addCrate('leaf', '1.1.0', 'new');
  registry.addCrate('other', '1.0.0', 'x');
  const { door } = await setUp(t, registry);
  const origin = await door({ only: new Set([pinned]) });
  const lines = (await ask(origin, '/cargo/le/af/leaf')).body.trim().split('\n');
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ vers: '1.0.0', yanked: false, deps: [] }],
  );
  t.equal(lines.length, 1);
  t.match(await ask(origin, '/cargo/crates/leaf/1.0.0/download'), { status: 200, body: 'old' });
  t.match(await ask(origin, '/cargo/crates/leaf/1.1.0/download'), { status: 404 });
  t.match(await ask(origin, '/cargo/ot/he/other'), { status: 404 });
});

t.test('a token goes to the registry, and to no build', async (t) => {
  const elsewhere = await startRegistry(t);
  const registry = await startRegistry(t, { dl: `${elsewhere.origin}/dl`, 'auth-required': true });
  const sha256 = registry.addCrate('leaf', '1.0.0', 'x');
  elsewhere.addCrate('leaf', '1.0.0', 'x');
  const environment = {
    WHEELMILL_CARGO_UPSTREAM: `sparse+${registry.indexUrl}`,
    CARGO_REGISTRIES_OURS_INDEX: `sparse+${registry.indexUrl}`,
    CARGO_REGISTRIES_OURS_TOKEN: 't0ken',
  };
  const { door } = await setUp(t, registry, environment);
  const origin = await door();
  const answers = [
    await ask(origin, '/cargo/config.json'),
    await ask(origin, '/cargo/le/af/leaf', { authorization: 'of the build' }),
    await ask(origin, '/cargo/crates/leaf/1.0.0/download'),
  ];
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
    sha256,
  );
  t.notMatch(JSON.stringify(answers), 't0ken');
  const sent = [...registry.requests, ...elsewhere.requests].map(({ headers }) => headers.authorization);
  t.same(sent, ['t0ken', 't0ken', 't0ken'], 'index, configuration and crate');
});

t.test('without settings it is what the cargo of the build is made for', async (t) => {
  const registry = await startRegistry(t);
  const { door } = await setUp(t, registry, {});
  const said = async (builtIn?: string) => (await ask(await door({}, builtIn), '/cargo/config.json')).status;
  t.equal(await said('sparse+https://crates.upstream.test/'), 200);
  t.equal(await said(), 500, 'none tells');
  t.equal(await said('sparse+http://127.0.0.1:9/'), 500, 'no cargo is made for that');
});

t.test('settings that cannot be used are told of', async (t) => {
  const registry = await startRegistry(t);
  const { door } = await setUp(t, registry, { WHEELMILL_CARGO_UPSTREAM: 'https://git.upstream.test/x' });
  const answer = await ask(await door({}, 'sparse+https://crates.upstream.test/'), '/cargo/config.json');
  t.match(answer, { status: 500, body: /names no sparse registry/ });
});
