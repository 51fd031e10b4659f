import { buffer } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { Client } from 'minio';
import t from 'tap';
import { docker, dockerAvailable, testTargets } from './docker.ts';
import { freePorts } from './process.ts';
import { startRedis } from './redis.ts';
import { startSeaweed } from './seaweedfs.ts';
import { findProgram } from './state.ts';

t.test('free ports differ', async (t) => {
  const ports = await freePorts(8);
  t.equal(new Set(ports).size, 8);
});

t.test('a missing program fails with what to do', async (t) => {
  t.throws(() => findProgram('wheelmill-no-such-program'), { message: /npm run check/ });
});

t.test('redis answers, and keeps what was written when it is killed', async (t) => {
  const dir = t.testdir();
  const first = await startRedis(t, { dir });
  const before = new Redis(first.url, { lazyConnect: true });
  t.equal(await before.ping(), 'PONG');
  t.strictSame(await before.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction']);
  await before.config('SET', 'appendfsync', 'always');
  await before.set('key', 'value');
  before.disconnect();
  await first.stop();
  const second = await startRedis(t, { dir, port: first.port });
  const after = new Redis(second.url, { lazyConnect: true });
  t.equal(await after.get('key'), 'value');
  after.disconnect();
});

t.test('seaweedfs stores and gives back an object, and refuses a wrong key', async (t) => {
  const s3 = await startSeaweed(t);
  const at = { endPoint: '127.0.0.1', port: Number(new URL(s3.endpoint).port), useSSL: false, region: s3.region };
  const client = new Client({ ...at, accessKey: s3.accessKey, secretKey: s3.secretKey });
  const bytes = Buffer.alloc(100_000, 'wheel');
  await client.putObject(s3.bucket, 'a/b.whl', bytes);
  t.ok(bytes.equals(await buffer(await client.getObject(s3.bucket, 'a/b.whl'))));
  const stranger = new Client({ ...at, accessKey: s3.accessKey, secretKey: 'another secret' });
  await t.rejects(stranger.getObject(s3.bucket, 'a/b.whl'));
});

t.test('every image pair runs its Python', async (t) => {
  await dockerAvailable();
  for (const { build, runtime } of testTargets()) {
    const command = ['run', '--rm', '--network', 'none'];
    const modules = 'import ssl, sqlite3, zlib, bz2, lzma, ctypes, readline, uuid';
    const version = await docker(...command, build, 'python', '--version');
    t.match(version, /^Python 3\./, build);
    t.equal(await docker(...command, runtime, 'python', '--version'), version, `${runtime} has the same Python`);
    await t.resolves(docker(...command, runtime, 'python', '-c', modules), `${runtime} has the usual modules`);
    await t.resolves(docker(...command, build, 'sh', '-c', 'gcc --version && pip --version'), `${build} can build`);
    await t.rejects(docker(...command, runtime, 'gcc', '--version'), `${runtime} has no compiler`);
  }
});
