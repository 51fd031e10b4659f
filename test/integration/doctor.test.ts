import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { runWheelmill } from '../services/command.ts';
import { docker, testTargets } from '../services/docker.ts';
import { freePorts } from '../services/process.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { startRegistry } from '../upstream/crates/registry-server.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';

t.setTimeout(600_000);

const run = promisify(execFile);

type Result = { check: string; level: string; found: string; advice?: string };

/** What the doctor finds with these settings, by check; proxies and find-links of this machine's pip play no part. */
async function examined(settings: Record<string, string>) {
  const ran = await runWheelmill(['doctor', '--json'], { PIP_FIND_LINKS: '', ...settings });
  const { ok, checks } = JSON.parse(ran.out) as { ok: boolean; checks: Result[] };
  return { code: ran.code, ok, found: Object.fromEntries(checks.map((one) => [one.check.split(' ')[0]!, one])) };
}

const [target] = testTargets();
const TARGETS = { WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}` };
const NO_ENGINE = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
const BARE_CLIENT = 'test "$1" = --version || exit 1; echo "Docker version 28.2.2, build 1"';
const NAMES = [
  'node',
  'settings',
  'tokens',
  'engine',
  'target',
  'network',
  'memory',
  'client',
  'queue',
  'store',
  'upstream',
  'crates',
  'clock',
  'disk',
];

t.test('all is well, with Redis and S3', async (t) => {
  const [s3, redis] = await Promise.all([startSeaweed(t), startRedis(t)]);
  const settings = {
    ...TARGETS,
    WHEELMILL_DATA_DIR: t.testdir(),
    WHEELMILL_QUEUE_URL: redis.url,
    ...s3.settings,
    // Where setup installs the docker client.
    PATH: '/usr/bin:/bin',
    // As little as this machine surely has.
    WHEELMILL_BUILD_MEMORY: '256MiB',
    WHEELMILL_BUILD_DISK: '128MiB',
    WHEELMILL_MAX_WHEEL_BYTES: '1MiB',
  };
  const { code, ok, found } = await examined(settings);
  t.same([code, ok], [0, true], JSON.stringify(found));
  t.same(Object.keys(found).sort(), [...NAMES].sort());
  const rows: [check: string, found: RegExp][] = [
    ['node', /^Node\.js v\d/],
    ['engine', /^Docker \d.*API 1\.\d+, local, .*storage \w+, cgroup v[12]/],
    ['target', /agree: Python 3\.\d+\.\d+, debian \w+, linux\/\w+, pip \d/],
    ['network', /reaches the index through its door \(setuptools: \d+ bytes\), and nothing else$/],
    ['client', /^docker \d+\.\d.* BuildKit/],
    ['memory', /^[\d.]+ [GM]iB; \d+ builds at once may take 256 MiB each$/],
    ['queue', /^Redis \d+\.\d+.* ms for a write, a read and a removal; kept by append-only file$/],
    ['store', /^bucket wheelmill at http:.*: written, listed, read and removed in \d+ ms$/],
    ['upstream', /answers with \d+ files of setuptools; with hashes/],
    ['clock', /engine agrees; store agrees; upstream \S+ agrees/],
    ['disk', /data folder .*: [\d.]+ [GM]iB and \d+ inodes free; scratch .*; temporary folder .* free/],
  ];
  for (const [check, text] of rows) t.match(found[check], { level: 'ok', found: text }, check);
  t.notMatch(JSON.stringify(found), s3.secretKey, 'and no secret is told');
  const words = await runWheelmill(['doctor'], { PIP_FIND_LINKS: '', ...settings });
  t.equal(words.code, 0);
  t.match(words.out, /^ok {6}engine: Docker/m);
  t.match(words.out, /^All is well\.\n$/m);
  t.notMatch(words.out, /\u001b/);
});

t.test('many things wrong at once: each is told', async (t) => {
  const [s3, redis, [closed]] = await Promise.all([startSeaweed(t), startRedis(t), freePorts(1)]);
  const client = new Redis(redis.url);
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await client.config('SET', 'appendonly', 'no');
  client.disconnect();
  const { code, ok, found } = await examined({
    ...TARGETS,
    ...NO_ENGINE,
    WHEELMILL_DATA_DIR: join(await smallDisk(t), 'data'),
    WHEELMILL_QUEUE_URL: redis.url,
    WHEELMILL_S3_ENDPOINT: s3.endpoint,
    WHEELMILL_S3_BUCKET: s3.bucket,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: 'another secret',
    WHEELMILL_UPSTREAM_URL: `http://127.0.0.1:${closed}/simple/`,
  });
  t.same([code, ok], [1, false]);
  t.same(Object.keys(found).sort(), [...NAMES].sort(), 'none keeps another from being looked at');
  const rows: [check: string, found: RegExp, advice: RegExp | undefined][] = [
    ['engine', /There is no Docker engine socket\. Install and start Docker, or set DOCKER_HOST/, undefined],
    ['queue', /maxmemory-policy is allkeys-lru/, /noeviction/],
    ['queue', /keeps nothing over a restart/, /appendonly yes/],
    ['store', /refuses the credentials .*AWS_SECRET_ACCESS_KEY/, undefined],
    ['upstream', /127\.0\.0\.1:\d+\/simple\/ cannot be used: the connection was refused/, /WHEELMILL_UPSTREAM_URL/],
    ['disk', /data folder \S+: [\d.]+ MiB and \d+ inodes free/, /WHEELMILL_DATA_DIR/],
  ];
  for (const [check, text, advice] of rows)
    t.match(found[check], { level: 'wrong', found: text, ...(advice && { advice }) }, check);
  for (const check of ['target', 'network', 'memory'])
    t.match(found[check], { level: 'warning', found: /^not looked at: no engine/, advice: /First see to the engine/ });
});

t.test('what follows from a target that cannot be had is not told as one more fault', async (t) => {
  const ran = await runWheelmill(['doctor'], {
    ...{ PIP_CONFIG_FILE: '/dev/null', PIP_INDEX_URL: '', PIP_EXTRA_INDEX_URL: '', PIP_FIND_LINKS: '' },
    WHEELMILL_TARGETS: 'wheelmill-test/nowhere:1=wheelmill-test/nowhere:1-slim',
    WHEELMILL_DATA_DIR: t.testdir(),
  });
  t.equal(ran.code, 1);
  t.match(ran.out, /^With the settings of this shell, not those of a server that runs/);
  t.match(ran.out, /^wrong {3}target \S+: \S+nowhere:1 and \S+nowhere:1-slim are not on the engine/m);
  t.equal(ran.out.match(/Name images in WHEELMILL_TARGETS/g)?.length, 1, 'what to do is said once');
  t.match(ran.out, /^warning network: not looked at: the images of target/m);
  t.match(ran.out, /^warning upstream: not looked at: none is configured here/m);
  t.match(ran.out, /^1 of \d+ checks found something wrong/m);
});

t.test('the docker command, which builds what is printed', async (t) => {
  const folder = t.testdir({ data: {}, none: {}, old: {}, bare: {}, whole: {} });
  // Stand-ins: no machine has clients of all ages.
  const clients = {
    old: 'echo "Docker version 20.10.24, build 1"',
    bare: BARE_CLIENT,
    whole: 'echo "Docker version 28.2.2"',
  };
  for (const [name, script] of Object.entries(clients))
    await writeFile(join(folder, name, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const settings = { ...TARGETS, ...NO_ENGINE, WHEELMILL_DATA_DIR: join(folder, 'data') };
  const client = async (name: string) => (await examined({ ...settings, PATH: join(folder, name) })).found.client;
  t.match(await client('none'), { level: 'ok', found: /no docker command/ });
  t.match(await client('old'), { level: 'ok', found: /^docker 20\.10\.24, which .* DOCKER_BUILDKIT=1/ });
  t.match(await client('bare'), { level: 'warning', found: /28\.2\.2 has no buildx/, advice: /docker-buildx-plugin/ });
  t.match(await client('whole'), { level: 'ok', found: /^docker 28\.2\.2 builds with BuildKit$/ });
});

t.test('services that are away, clocks that are off, images and memory that are not there', async (t) => {
  const [closed] = await freePorts(1);
  const late = await serverWithDate(t, -3_600_000);
  const { code, found } = await examined({
    WHEELMILL_TARGETS: 'wheelmill-test/nowhere:1=wheelmill-test/nowhere:1-slim',
    WHEELMILL_DATA_DIR: t.testdir(),
    WHEELMILL_QUEUE_URL: `redis://127.0.0.1:${closed}`,
    // A stand-in: no real store or index can be asked to have a wrong clock.
    WHEELMILL_S3_ENDPOINT: late,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    WHEELMILL_UPSTREAM_URL: `${late}/simple/`,
    WHEELMILL_BUILD_MEMORY: '900GiB',
  });
  t.equal(code, 1);
  const rows: [check: string, level: string, found: RegExp, advice: RegExp | undefined][] = [
    ['engine', 'ok', /^Docker/, undefined],
    [
      'target',
      'wrong',
      /nowhere:1 and \S+ are not on the engine, and its registry does not give it/,
      /WHEELMILL_TARGETS/,
    ],
    ['memory', 'warning', /not even one may have that/, /Lower WHEELMILL_BUILD_MEMORY/],
    ['queue', 'wrong', /Redis at 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED.*WHEELMILL_QUEUE_URL/, undefined],
    ['store', 'wrong', /object store/, undefined],
    ['clock', 'wrong', /store is 3(59\d|60\d) s behind: it refuses requests; upstream \S+ is 3\d+ s behind/, /NTP/],
  ];
  for (const [check, level, text, advice] of rows)
    t.match(found[check], { level, found: text, ...(advice && { advice }) }, check);
});

t.test('the crates registry, which only builds with Rust need', async (t) => {
  const registry = await startRegistry(t);
  const [closed] = await freePorts(1);
  const home = t.testdir({ data: {}, '.cargo': { 'config.toml': '[source.crates-io]\nreplace-with = "folder"\n' } });
  const settings = { ...TARGETS, ...NO_ENGINE, WHEELMILL_DATA_DIR: join(home, 'data'), HOME: home, CARGO_HOME: '' };
  const crates = async (url: string) =>
    (await examined({ ...settings, ...(url && { WHEELMILL_CARGO_UPSTREAM: url }) })).found.crates;
  t.match(await crates(`sparse+${registry.indexUrl}`), {
    level: 'warning',
    found: /\/index\/ answers; it does not have libc/,
    advice: /whether this is the registry/,
  });
  registry.addCrate('libc', '0.2.1', 'crate');
  t.match(await crates(`sparse+${registry.indexUrl}`), { level: 'ok', found: /answers with 1 versions of libc/ });
  t.match(await crates(`sparse+http://user:secret@127.0.0.1:${closed}/index/`), {
    level: 'wrong',
    found: /^The crates registry http:\/\/127\.0\.0\.1:\d+\/index\/ cannot be used: the connection was refused/,
    advice: /WHEELMILL_CARGO_UPSTREAM/,
  });
  t.match(await crates(`sparse+${registry.origin}/elsewhere/`), { level: 'wrong', found: /no sparse registry/ });
  t.match(await crates(''), { level: 'wrong', found: /cannot have crates: .*folder.*WHEELMILL_CARGO_UPSTREAM/ });
});

t.test('an index whose certificate is not trusted, and then is', async (t) => {
  const { url, certificate } = await selfSigned(t);
  const settings = { ...TARGETS, WHEELMILL_DATA_DIR: join(dirname(certificate), 'data'), WHEELMILL_UPSTREAM_URL: url };
  const { code, found } = await examined(settings);
  t.equal(code, 1);
  t.match(found.upstream, { level: 'wrong', found: /SELF_SIGNED_CERT/, advice: /NODE_EXTRA_CA_CERTS/ });
  t.match(found.network, { level: 'wrong', found: /door of a container works, but the index behind it answers 502/ });
  const trusting = await examined({ ...settings, NODE_EXTRA_CA_CERTS: certificate });
  t.match(trusting.found.upstream, { level: 'ok', found: /answers; it does not have setuptools/ });
  t.match(trusting.found.network, { level: 'warning', found: /answers 404/, advice: /an index that has it/ });
  t.equal(trusting.code, 0, 'warnings are nothing wrong');
});

t.test('a data folder that a server uses', async (t) => {
  const settings = localSettings(await startLocalIndex(t), t.testdir());
  const server = await startServer(t, settings);
  const { port } = new URL(server.url);
  const busy = await examined({ ...settings, ...NO_ENGINE, WHEELMILL_PORT: port });
  t.match(busy.found.queue, {
    level: 'ok',
    found: new RegExp(`^embedded; a server \\(pid ${server.pid}\\) runs on .* and is ready at ${server.url}$`),
  });
  t.match(busy.found.store, { level: 'ok' });
  const [other] = await freePorts(1);
  const elsewhere = await examined({ ...settings, ...NO_ENGINE, WHEELMILL_PORT: String(other) });
  t.match(elsewhere.found.queue, { level: 'warning', found: /does not answer at/, advice: /WHEELMILL_PORT/ });
  await server.stop();
  const free = await examined({ ...settings, ...NO_ENGINE });
  t.match(free.found.queue, { level: 'ok', found: /no server uses it now$/ });
});

t.test('a machine that builds by itself', async (t) => {
  const folder = t.testdir({ data: {}, bin: {} });
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
  await symlink(stdout.trim(), join(folder, 'bin', 'python3'));
  const settings = { WHEELMILL_BUILDER: 'process', WHEELMILL_DATA_DIR: join(folder, 'data') };
  const { code, found } = await examined(settings);
  t.equal(code, 0, JSON.stringify(found));
  const checks = [
    'builder',
    'target',
    'compiler',
    ...NAMES.filter((name) => !/engine|target|network|client/.test(name)),
  ];
  t.same(Object.keys(found).sort(), checks.sort(), 'no engine is looked for');
  t.match(found.builder, { level: 'warning', found: /UNSANDBOXED/, advice: /install a Docker engine/ });
  t.match(found.target, { level: 'ok', found: /^Python 3\.\d+\.\d+ at \// });
  t.match(found.compiler, { level: 'ok', found: /headers of Python in/ });
  const bare = await examined({ ...settings, PATH: join(folder, 'bin') });
  t.match(bare.found.compiler, { level: 'warning', found: /no cc: only pure wheels/, advice: /build-essential/ });
  const empty = await examined({ ...settings, PATH: join(folder, 'data') });
  t.match([empty.code, empty.found.target], [1, { level: 'wrong', found: /python3/ }]);
});

t.test('a container that has a network shows it', async (t) => {
  const script = await readFile(new URL('../../src/workers/docker/scripts/door.py', import.meta.url), 'utf8');
  const look = (network: string) =>
    docker(
      'run',
      '--rm',
      '--network',
      network,
      target!.runtime,
      'python3',
      '-I',
      '-c',
      script,
      'http://127.0.0.1:8080/',
      'x',
    );
  t.match(JSON.parse(await look('none')), { index: { status: 0 }, routes: 0, reached: [], doors: [] });
  t.match(JSON.parse(await look('bridge')), { interfaces: ['eth0'] });
  t.ok(JSON.parse(await look('bridge')).routes > 0);
});

t.test('settings with faults', async (t) => {
  const ran = await runWheelmill(['doctor'], { WHEELMILL_PORT: 'seventy' });
  t.match(ran, { code: 2, out: '', err: /WHEELMILL_PORT/ });
});

/** A disk of one megabyte of its own, gone with the test. */
async function smallDisk(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=64', 'wheelmill-test', folder]);
  t.teardown(async () => {
    await run('umount', [folder]);
    await rm(folder, { recursive: true });
  });
  return folder;
}

/** A server whose clock is off by so many milliseconds. */
async function serverWithDate(t: Test, skew: number): Promise<string> {
  const server = createServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(404, { date: new Date(Date.now() + skew).toUTCString() }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An index without any project, behind a certificate that nobody has signed. */
async function selfSigned(t: Test): Promise<{ url: string; certificate: string }> {
  const folder = t.testdir();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const server = createTlsServer(options, (_request, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`, certificate };
}
