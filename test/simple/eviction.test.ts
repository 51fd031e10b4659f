import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { get as request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { answerProblems } from '../../src/api/problems.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { evictCache } from '../../src/storage/evict-cache.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { createIndexServer, page, send } from '../upstream/index-server.ts';

const SMALL = randomBytes(5_000);
/** Followed while it comes, and more than a connection takes at once. */
const LARGE = randomBytes(3_000_000);

/** The merged index over a store and a local upstream with one small and one large wheel. */
async function setUp(t: Test, store: ObjectStore) {
  const scratch = join(t.testdir({}), 'scratch');
  await mkdir(scratch);
  const server = await createIndexServer(t);
  const upstream = createUpstream({ indexes: [parseIndexUrl(server.indexUrl)!], store, retryDelays: [] });
  const app = fastify({ forceCloseConnections: true });
  answerProblems(app);
  t.teardown(async () => {
    await app.close();
    await upstream.close();
    await store.close();
  });
  await app.register(simpleIndex, { view: 'merged', store, upstream, scratch });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const offer = (project: string, bytes: Buffer) => {
    const filename = `${project}-1.0-py3-none-any.whl`;
    const path = `/files/${filename}`;
    const sha256 = sha256Hex(bytes);
    server.routes.set(`/simple/${project}/`, page([{ filename, url: `../..${path}`, hashes: { sha256 } }]));
    server.routes.set(path, send(bytes));
    const key = paths.upstreamFile(sha256, filename);
    return { bytes, key, url: `${origin}/wheels/${project}/${sha256}/${filename}`, asked: () => server.asked(path) };
  };
  return { small: offer('small', SMALL), large: offer('large', LARGE) };
}

/** Takes everything away, as if it had come an hour ago. */
const evictAll = (store: ObjectStore) => evictCache(store, { limit: 0, now: new Date(Date.now() + 3_600_000) });

const bodyOf = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};

t.test('a file that is evicted between the look and the opening is fetched again', async (t) => {
  const real = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  let evictions = 0;
  const store: ObjectStore = {
    ...real,
    async open(key, options) {
      if (evictions > 0 && key.startsWith(paths.upstreamFiles())) {
        evictions -= 1;
        await evictAll(real);
      }
      return real.open(key, options);
    },
  };
  const { small } = await setUp(t, store);
  t.ok((await bodyOf(small.url)).bytes.equals(SMALL));
  for (const [times, headers, expected] of [
    [1, {}, SMALL],
    [3, {}, SMALL],
    [2, { range: 'bytes=100-199' }, SMALL.subarray(100, 200)],
  ] as const) {
    evictions = times;
    const before = small.asked();
    const { status, bytes } = await bodyOf(small.url, headers);
    t.match(status, 'range' in headers ? 206 : 200);
    t.ok(bytes.equals(expected), `evicted ${times} times`);
    t.equal(small.asked() - before, times);
  }
  evictions = Number.POSITIVE_INFINITY;
  t.equal((await bodyOf(small.url)).status, 503, 'not for ever');
});

t.test('a file that is evicted while it is sent goes out whole, and the next one has it anew', async (t) => {
  const store = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  const { large } = await setUp(t, store);
  t.ok((await bodyOf(large.url)).bytes.equals(LARGE));
  const asking = request(large.url);
  const [answer] = await once(asking, 'response');
  await once(answer, 'readable');
  t.match(await evictAll(store), { files: 1 });
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  t.ok(Buffer.concat(parts).equals(LARGE));
  t.equal(await store.head(large.key), undefined);
  // As pip goes on with a download that broke.
  const rest = await bodyOf(large.url, { range: 'bytes=1000000-', 'if-range': `"${sha256Hex(LARGE)}"` });
  t.equal(rest.status, 206);
  t.ok(rest.bytes.equals(LARGE.subarray(1_000_000)));
  t.equal(large.asked(), 2);
});

const STORES: Record<string, (t: Test) => Promise<ObjectStore>> = {
  'the file store': async (t) => createFileStore({ folder: join(t.testdir({}), 'bucket') }),
  'the S3 store': async (t) => createS3Store(await startSeaweed(t)),
};

for (const [name, open] of Object.entries(STORES))
  t.test(`${name}: nobody misses a file for its eviction`, async (t) => {
    const store = await open(t);
    const { small } = await setUp(t, store);
    const events = new EventEmitter();
    let evicted = 0;
    let ended = false;
    // For every file that was had one eviction, whenever it comes.
    const evicting = async () => {
      while (!ended) {
        const next = once(events, 'had');
        evicted += (await evictAll(store)).files;
        await next;
      }
    };
    const client = async () => {
      for (let round = 0; round < 25; round += 1) {
        const { status, bytes } = await bodyOf(small.url);
        events.emit('had');
        if (status !== 200 || !bytes.equals(SMALL)) return `${status} with ${bytes.length} bytes`;
      }
      return 'all of them';
    };
    const eviction = evicting();
    const outcomes = await Promise.all([client(), client()]);
    ended = true;
    events.emit('had');
    await eviction;
    t.strictSame(outcomes, ['all of them', 'all of them']);
    t.ok(evicted > 0);
  });
