import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import pino from 'pino';
import t, { type Test } from 'tap';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { createGateway, type FetchedDistribution, type ViewOptions } from '../../src/workers/gateway.ts';
import { samplesOf } from '../metrics/samples.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { sha256, someWheel } from '../storage/wheel.ts';
import { createIndexServer, half, JSON_TYPE, page, send } from '../upstream/index-server.ts';

const run = promisify(execFile);

/** An upstream with `leaf` (wheel and sdist) and a store with `demo`, which needs it; `door` opens a view on loopback. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const server = await createIndexServer(t);
  const leaf = await realWheel('leaf', '1.5');
  const leafUrl = `/files/${leaf.filename}`;
  server.routes.set(leafUrl, send(leaf.bytes));
  server.routes.set(`${leafUrl}.metadata`, send(leaf.metadata));
  const wheel = {
    filename: leaf.filename,
    url: `../..${leafUrl}`,
    hashes: { sha256: sha256(leaf.bytes) },
    size: leaf.bytes.length,
    'core-metadata': { sha256: sha256(leaf.metadata) },
  };
  const sdist = {
    filename: 'leaf-2.0.tar.gz',
    url: '../../files/leaf-2.0.tar.gz',
    hashes: { sha256: sha256('sdist') },
  };
  server.routes.set('/files/leaf-2.0.tar.gz', send('sdist'));
  server.routes.set('/simple/leaf/', page([wheel, sdist, { filename: 'leaf-0.1.tar.gz', url: 'x', hashes: {} }]));
  const demo = await realWheel('demo', '1.0', ['leaf<2']);
  await publishWheel(
    store,
    await someWheel(scratch, { filename: demo.filename, metadataSha256: sha256(demo.metadata) }, demo.bytes).then(
      (one) => ({
        ...one,
        metadata: demo.metadata,
      }),
    ),
  );
  await renderProject(store, 'demo');
  const metrics = createMetrics({ version: '1', role: 'worker' });
  const { answered: onAnswer, page: onPage } = metrics.upstream;
  const indexes = [parseIndexUrl(server.indexUrl)!];
  const upstream = createUpstream({ indexes, store, retryDelays: [], onAnswer, onPage });
  const gateway = await createGateway({ upstream, store, scratch, log: pino({ level: 'silent' }), metrics });
  t.teardown(async () => {
    await gateway.close();
    await upstream.close();
  });
  const door = async (options: ViewOptions) => {
    const view = gateway.view(options);
    // A tunnel's connections are streams and nothing more: no address, no timeouts of their own.
    const listener = createServer((socket) => view.accept(Duplex.from(socket)));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.teardown(() => listener.close());
    return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  };
  return { server, folder, scratch, leaf, demo, door, gateway, metrics };
}

async function ask(url: string, options: { method?: string; headers?: Record<string, string>; agent?: Agent } = {}) {
  const request = httpRequest(url, { headers: { accept: JSON_TYPE }, ...options }).end();
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    headers: response.headers,
    body: await text(response),
  };
}

const PIP = {
  ...process.env,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_FIND_LINKS: '',
  PIP_NO_INDEX: '',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
};

t.test('pip installs a stored wheel and what it needs of upstream, and each wheel is told of once', async (t) => {
  const { door, folder, scratch, leaf, demo, server } = await setUp(t);
  const seen: FetchedDistribution[] = [];
  const origin = await door({ storedWheels: true, onFile: (file) => seen.push(file) });
  const target = join(folder, 'site');
  const pip = ['-m', 'pip', 'install', '--no-cache-dir', '--target', target, '--index-url', `${origin}/simple/`];
  await run('python3', [...pip, 'demo'], { env: PIP });
  t.equal(await readFile(join(target, 'leaf.py'), 'utf8'), 'VALUE = "1.5"\n');
  t.same(seen, [
    { name: 'demo', version: '1.0', filename: demo.filename, sha256: sha256(demo.bytes) },
    { name: 'leaf', version: '1.5', filename: leaf.filename, sha256: sha256(leaf.bytes) },
  ]);
  t.equal(server.asked(`/files/${leaf.filename}`), 1);
  await run('python3', [...pip, '--upgrade', 'leaf<2'], { env: PIP });
  t.equal(server.asked(`/files/${leaf.filename}`), 1, 'a second build has it from the bucket');
  t.equal((await readdir(scratch)).filter((name) => name.startsWith('fetch-')).length, 0);
});

t.test('upstream files and stored wheels on one page; only upstream files for the toolbox', async (t) => {
  const { door, server, demo } = await setUp(t);
  const stored = { filename: demo.filename, url: 'x', hashes: { sha256: 'a'.repeat(64) } };
  const newer = {
    filename: 'demo-3.0.tar.gz',
    url: 'x',
    hashes: { sha256: 'b'.repeat(64) },
    yanked: 'bad',
    'requires-python': '>=3',
  };
  server.routes.set('/simple/demo/', page([stored, newer]));
  const build = await door({ storedWheels: true });
  const toolbox = await door({ storedWheels: false });
  const json = JSON.parse((await ask(`${build}/simple/demo/`)).body);
  t.match(json, {
    meta: { 'api-version': '1.0' },
    versions: ['1.0', '3.0'],
    files: [
      { filename: demo.filename, hashes: { sha256: sha256(demo.bytes) }, url: /^\.\.\/\.\.\/wheels\/demo\// },
      { ...newer, url: `../../upstream/demo/${'b'.repeat(64)}/demo-3.0.tar.gz` },
    ],
  });
  t.equal(json.files.length, 2);
  const plain = JSON.parse((await ask(`${toolbox}/simple/demo/`)).body);
  t.match(plain.files[0], { filename: demo.filename, hashes: { sha256: 'a'.repeat(64) } });
  const path = `/wheels/demo/${sha256(demo.bytes)}/${demo.filename}`;
  t.equal((await ask(`${build}${path}`, { method: 'HEAD' })).status, 200);
  t.equal((await ask(`${toolbox}${path}`, { method: 'HEAD' })).status, 404);
  const leaf = JSON.parse((await ask(`${toolbox}/simple/leaf/`)).body);
  t.same(
    leaf.files.map((one: { filename: string }) => one.filename),
    ['leaf-1.5-py3-none-any.whl', 'leaf-2.0.tar.gz'],
    'what cannot be checked is not listed',
  );
  t.match(
    (await ask(`${toolbox}/simple/leaf/`, { headers: { accept: 'text/html' } })).body,
    /data-core-metadata="sha256=/,
  );
});

t.test('pinned files: nothing else is listed or given out, and what was yanked since may be had', async (t) => {
  const { door, server, leaf, demo } = await setUp(t);
  const wheel = {
    filename: leaf.filename,
    url: `../../files/${leaf.filename}`,
    hashes: { sha256: sha256(leaf.bytes) },
    yanked: 'it was wrong',
  };
  const sdist = {
    filename: 'leaf-2.0.tar.gz',
    url: '../../files/leaf-2.0.tar.gz',
    hashes: { sha256: sha256('sdist') },
  };
  server.routes.set('/simple/leaf/', page([wheel, sdist]));
  const seen: FetchedDistribution[] = [];
  const onFile = (file: FetchedDistribution) => seen.push(file);
  const names = async (origin: string, project: string) =>
    JSON.parse((await ask(`${origin}/simple/${project}/`)).body).files.map((one: { filename: string }) => one.filename);

  const old = await door({ storedWheels: true, only: new Set([sha256(leaf.bytes)]), onFile });
  t.same(await names(old, 'leaf'), [leaf.filename]);
  t.same(await names(old, 'demo'), []);
  t.notMatch((await ask(`${old}/simple/leaf/`)).body, /yanked/);
  t.notMatch((await ask(`${old}/simple/leaf/`, { headers: { accept: 'text/html' } })).body, /yanked|2\.0\.tar/);
  t.equal((await ask(`${old}/simple/unknown/`)).status, 404);
  for (const path of [
    `/upstream/leaf/${sha256('sdist')}/leaf-2.0.tar.gz`,
    `/wheels/demo/${sha256(demo.bytes)}/${demo.filename}`,
  ])
    t.equal((await ask(`${old}${path}`)).status, 404, 'nor can it be had by who knows its place');
  t.same(seen, []);

  const other = await door({ storedWheels: true, only: new Set([sha256('sdist'), sha256(demo.bytes)]), onFile });
  t.same(await names(other, 'leaf'), ['leaf-2.0.tar.gz']);
  t.same(await names(other, 'demo'), [demo.filename]);
  t.equal((await ask(`${other}/upstream/leaf/${sha256('sdist')}/leaf-2.0.tar.gz`)).body, 'sdist');
  t.same(
    seen,
    [{ name: 'leaf', version: '2.0', filename: 'leaf-2.0.tar.gz', sha256: sha256('sdist') }],
    'an sdist that is fetched is told of too: a build can need one',
  );
});

t.test('a page changes when upstream or the store does, and is kept while neither does', async (t) => {
  const { door } = await setUp(t);
  const origin = await door({ storedWheels: true });
  const first = await ask(`${origin}/simple/leaf/`);
  const again = await ask(`${origin}/simple/leaf/`, {
    headers: { accept: JSON_TYPE, 'if-none-match': first.headers.etag! },
  });
  t.match(again, { status: 304, body: '' });
});

t.test('many requests over one connection, and files in parts', async (t) => {
  const { door, leaf, server } = await setUp(t);
  const origin = await door({ storedWheels: true });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const url = `${origin}/upstream/leaf/${sha256(leaf.bytes)}/${leaf.filename}`;
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => ask(url, { agent, headers: { range: `bytes=${at}-${at}` } })),
  );
  t.same(
    answers.map((answer) => answer.status),
    Array(10).fill(206),
  );
  t.equal(server.asked(`/files/${leaf.filename}`), 1);
  const metadata = await ask(`${url}.metadata`, { agent });
  t.match(metadata, { status: 200, body: leaf.metadata.toString() });
  t.match(await ask(`${url}.metadata`, { agent, headers: { 'if-none-match': metadata.headers.etag! } }), {
    status: 304,
  });
});

t.test('what goes wrong is said in the reason phrase and in the problem', async (t) => {
  const { door, server, leaf } = await setUp(t);
  const origin = await door({ storedWheels: true });
  server.routes.set('/simple/down/', send('', 'text/html', {}, 500));
  server.routes.set(`/files/${leaf.filename}`, half(leaf.bytes));
  const rows: [path: string, status: number, reason: RegExp, method?: string][] = [
    ['/simple/unknown/', 404, /no such project/],
    ['/simple/down/', 502, /answered 500/],
    [`/upstream/leaf/${sha256(leaf.bytes)}/${leaf.filename}`, 502, /could not be downloaded/],
    [`/upstream/leaf/${sha256('x')}/${leaf.filename}`, 404, /no such file/],
    [`/upstream/leaf/${sha256('sdist')}/leaf-2.0.tar.gz.metadata`, 404, /no such file/],
    ['/etc/passwd', 404, /Builds reach only the package index/],
    ['/simple/leaf/', 404, /Builds reach only the package index, not POST/, 'POST'],
  ];
  for (const [path, status, reason, method = 'GET'] of rows) {
    const answer = await ask(`${origin}${path}`, { method });
    t.match(answer, { status, reason }, path);
    t.match(JSON.parse(answer.body), { status, detail: reason });
  }
});

t.test('closing ends connections that are still open', async (t) => {
  const { door, gateway } = await setUp(t);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  await ask(`${await door({ storedWheels: true })}/simple/`, { agent });
  const [socket] = Object.values(agent.freeSockets)[0]!;
  const closed = once(socket!, 'close');
  await gateway.close();
  await closed;
  t.ok(socket!.destroyed);
});

t.test('what had to be fetched, and what was there, is counted', async (t) => {
  const { door, leaf, metrics } = await setUp(t);
  const url = await door({ storedWheels: true });
  const path = `/upstream/leaf/${sha256(leaf.bytes)}/${leaf.filename}`;
  for (let round = 1; round <= 3; round++) {
    t.equal((await ask(`${url}/simple/leaf/`)).status, 200);
    t.equal((await ask(url + path)).status, 200);
  }
  const samples = samplesOf(await metrics.registry.metrics());
  const rows: [sample: string, value: number][] = [
    ['wheelmill_upstream_reads_total{what="page",from="upstream"}', 1],
    ['wheelmill_upstream_reads_total{what="file",from="upstream"}', 1],
    ['wheelmill_upstream_reads_total{what="file",from="store"}', 2],
    ['wheelmill_upstream_request_seconds_count{outcome="2xx"}', 2],
    ['wheelmill_stored_files_total{origin="read-through"}', 1],
    ['wheelmill_stored_bytes_total{origin="read-through"}', leaf.bytes.length],
  ];
  for (const [sample, value] of rows) t.equal(samples.get(sample), value, sample);
  t.ok(samples.get('wheelmill_upstream_reads_total{what="page",from="memory"}')! >= 2);
});
