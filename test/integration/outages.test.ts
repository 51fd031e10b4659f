import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { JSON_TYPE, send } from '../upstream/index-server.ts';
import { post, prebuild, settled, states, until } from './client.ts';
import { gatedSdist } from './gated-sdist.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';

t.setTimeout(300_000);
// They wait for retries more than they work.
t.jobs = 4;

const run = promisify(execFile);

async function problem(
  answer: Response | Promise<Response>,
): Promise<{ status: number; code: string; detail: string }> {
  return (await (await answer).json()) as { status: number; code: string; detail: string };
}

const send500 = send('<h1>Internal Server Error</h1>', 'text/html', {}, 500);
const trouble: [project: string, answer: ReturnType<typeof send>, told: RegExp][] = [
  ['millfailing', send500, /it answered 500/],
  ['millportal', send('<html><form>Log in to the network</form></html>', 'text/html'), /HTML page that lists no files/],
  ['milltorn', send('{"files": [', JSON_TYPE), /JSON/],
  ['millimage', send('GIF89a', 'image/gif'), /"image\/gif"/],
];

t.test('upstream', { buffered: true }, async (t) => {
  const index = await startLocalIndex(t);
  const settings = localSettings(index, t.testdir());
  await index.addSdist('millbuilt', '1.0');
  const { filename, bytes } = await realWheel('millmirrored', '1.0');
  index.addWheel('millmirrored', filename, bytes);
  const first = await startServer(t, settings);

  await t.test('answers with something that is no index', async (t) => {
    for (const [project, answer] of trouble) index.routes.set(`/simple/${project}/`, answer);
    await Promise.all(
      trouble.map(async ([project, , told]) => {
        const ended = await prebuild(first.url, `${project}==1.0\n`);
        t.equal(ended.state, 'failed');
        t.match(ended.items, [{ project, state: 'failed', reason: 'upstream-unavailable', message: told }]);
        t.match(ended.items[0]?.hint, /WHEELMILL_UPSTREAM_URL/);
      }),
    );
    t.ok(index.asked('/simple/millfailing/') <= 8, 'it is asked again a few times, not for ever');
    index.routes.delete('/simple/millfailing/');
    await index.addSdist('millfailing', '1.0');
    t.match(await prebuild(first.url, 'millfailing==1.0\n'), { state: 'ready', attempt: 2 }, 'when it is back');
  });

  await t.test('refuses connections', async (t) => {
    t.equal((await prebuild(first.url, 'millbuilt==1.0\nmillmirrored==1.0\n')).state, 'ready');
    await first.stop();
    index.stop();
    // Another path is another index: no page of it is cached.
    const second = await startServer(t, { ...settings, WHEELMILL_UPSTREAM_URL: `${index.origin}/other/` });
    const [built, mirrored, never] = await Promise.all([
      prebuild(second.url, 'millbuilt==1.0\n'),
      prebuild(second.url, 'millmirrored==1.0\n'),
      prebuild(second.url, 'millbuilt==1.0\nmillnever==1.0\n'),
    ]);
    t.same(states(built), { millbuilt: 'hit stored' }, 'what is stored needs no upstream');
    t.same(states(mirrored), { millmirrored: 'hit stored' });
    t.equal(never.state, 'failed');
    t.match(never.items, [
      {
        project: 'millnever',
        reason: 'upstream-unavailable',
        message: /page of millnever: the connection was refused/,
      },
    ]);
    t.equal((await fetch(`${second.url}/stored/simple/millnever/`)).status, 404);
  });

  await t.test('and engine are away', async (t) => {
    const away = { ...settings, DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const server = await startServer(t, away);
    await until(
      async () => server.log(),
      (log) => /no Docker engine socket\. Install and start Docker, or set DOCKER_HOST/.test(log),
    );
    t.equal((await fetch(`${server.url}/stored/simple/millbuilt/`)).status, 200, 'what is stored is served');
    t.equal((await post(server.url, 'millbuilt==1.0\nmillmirrored==1.0\n')).body.state, 'ready', 'known lists too');
    const same = await runWheelmill(['serve'], { ...away, WHEELMILL_PORT: '0' });
    t.equal(same.code, 2, 'a second process on the data folder');
    t.match(same.err, /^wheelmill: .*data folder.*WHEELMILL_DATA_DIR/is);
    t.notMatch(same.err, /\n {4}at /, 'no stack');

    const doctor = await runWheelmill(['doctor'], { ...away, WHEELMILL_DATA_DIR: t.testdir() });
    t.equal(doctor.code, 1);
    t.match(doctor.out, /^wrong +engine: There is no Docker engine socket\. Install and start Docker/m);
    t.match(doctor.out, /^wrong +upstream: .*the connection was refused/m);
    t.match(doctor.out, /^ok +store: /m);
  });
});

/** A folder of `megabytes` of its own. Needs root. */
async function smallDisk(t: Test, megabytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'wheelmill-test', folder]);
  t.teardown(async () => {
    await run('umount', ['--lazy', folder]);
    await rmdir(folder);
  });
  return folder;
}

/** Takes the last byte of a disk; the file it gives the name of can be removed again. */
async function fill(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const ballast = join(folder, 'ballast');
  await run('fallocate', ['-l', String(bavail * bsize), ballast]);
  return ballast;
}

t.test('a full disk', { buffered: true }, async (t) => {
  const disk = await smallDisk(t, 200);
  const index = await startLocalIndex(t);
  await index.addSdist('millkept', '1.0');
  const gate = await gatedSdist(index, 'millgated');
  const server = await startServer(t, localSettings(index, join(disk, 'data')));
  t.equal((await prebuild(server.url, 'millkept==1.0\n')).state, 'ready');
  const { body: gated } = await post(server.url, 'millgated==1.0\n');
  await gate.reached;
  const ballast = await fill(disk);

  const refused = await post(server.url, 'millkept==1.0\nmillgated==1.0\n');
  t.match(refused, { status: 507, body: { code: 'store-full', detail: /disk of .* is full .*Free some space/ } });
  t.equal((await fetch(`${server.url}/api/v1/prebuilds/${refused.body.id}`)).status, 404, 'and nothing was started');
  t.equal((await fetch(`${server.url}/stored/simple/millkept/`)).status, 200, 'what is stored is served');
  t.equal((await post(server.url, 'millkept==1.0\n')).body.state, 'ready', 'a list that is ready stays so');
  gate.open();
  await until(
    async () => server.log(),
    (log) => /builds\..* is tried again/.test(log),
  );
  t.match(server.log(), /ENOSPC|disk .*is full/, 'the log says why a build is tried again');
  t.equal((await fetch(`${server.url}/stored/simple/millgated/`)).status, 404, 'nothing half-written is listed');

  await rm(ballast);
  t.equal((await settled(server.url, gated.id)).state, 'ready', 'with space again it ends by itself');
  const again = await prebuild(server.url, 'millkept==1.0\nmillgated==1.0\n');
  t.match(again, { state: 'ready', attempt: 1 });
});

t.test('a wrong key of the object store', { buffered: true }, async (t) => {
  const [target] = testTargets();
  const [s3, redis] = await Promise.all([startSeaweed(t), startRedis(t)]);
  const settings = {
    WHEELMILL_DATA_DIR: t.testdir(),
    WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}`,
    WHEELMILL_UPSTREAM_URL: `${(await startLocalIndex(t)).indexUrl}`,
    WHEELMILL_QUEUE_URL: redis.url,
    WHEELMILL_S3_ENDPOINT: s3.endpoint,
    WHEELMILL_S3_BUCKET: s3.bucket,
    WHEELMILL_S3_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: 'another secret',
  };
  const told = /refuses the credentials \(.+\)\. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY/;
  const api = await startWheelmill('api', settings);
  t.teardown(() => api.stop());
  await until(
    async () => api.log(),
    (log) => told.test(log),
  );
  t.match(await problem(fetch(`${api.url}/ready`)), { status: 503, code: 'store-denied', detail: told });
  t.match(await post(api.url, 'six==1.17.0\n'), { status: 503, body: { code: 'store-denied', detail: told } });
  t.equal((await fetch(`${api.url}/live`)).status, 200, 'the process lives, for a restart would not help');
  await api.stop();
  const doctor = await runWheelmill(['doctor'], settings);
  t.equal(doctor.code, 1);
  t.match(doctor.out, /^wrong +store: .*refuses the credentials.*AWS_SECRET_ACCESS_KEY/m);
  t.match(doctor.out, /^ok +engine: /m);
});

t.test('the queue', { buffered: true }, async (t) => {
  const dir = t.testdir({ redis: {}, data: {} });
  const redis = await startRedis(t, { dir: join(dir, 'redis') });
  const index = await startLocalIndex(t);
  await index.addSdist('millkept', '1.0');
  await index.addSdist('millnext', '1.0');
  const settings = { ...localSettings(index, join(dir, 'data')), WHEELMILL_QUEUE_URL: redis.url };
  const server = await startServer(t, settings);
  const kept = await prebuild(server.url, 'millkept==1.0\n');
  t.equal(kept.state, 'ready');

  await redis.stop();
  for (const url of [kept.url, kept.requirements!, kept.wheels!, `${server.url}/stored/simple/millkept/`])
    t.equal((await fetch(url)).status, 200, `${new URL(url).pathname} needs no queue`);
  t.equal((await post(server.url, 'millkept==1.0\n')).body.state, 'ready', 'nor does a list that is ready');
  const answer = await fetch(`${server.url}/api/v1/prebuilds`, {
    method: 'POST',
    body: 'millnext==1.0\n',
    headers: { 'content-type': 'text/plain' },
    signal: AbortSignal.timeout(15_000),
  });
  t.ok(Number(answer.headers.get('retry-after')) > 0);
  t.match(await problem(answer), { status: 503, code: 'queue-unavailable', detail: /queue at redis:\/\/127/ });
  t.match(await problem(fetch(`${server.url}/ready`)), { status: 503, code: 'queue-unavailable' });
  t.match(server.log(), /The connection to the queue at redis:\S+ is lost/);

  await startRedis(t, { dir: join(dir, 'redis'), port: redis.port });
  await until(
    () => fetch(`${server.url}/ready`),
    (ready) => ready.ok,
  );
  t.equal((await prebuild(server.url, 'millnext==1.0\n')).state, 'ready', 'it goes on when the queue is back');
  t.ok(server.log().split('\n').length < 100, 'the log was not flooded meanwhile');
});
