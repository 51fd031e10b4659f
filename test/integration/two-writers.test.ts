import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import pino from 'pino';
import t from 'tap';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { openQueue } from '../../src/workers/queue/open-queue.ts';
import { upkeep } from '../../src/workers/upkeep.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { everyListedFileIsWhole, filesOn, projectsOn } from '../storage/killed/whole.ts';
import type { WriterSettings } from './page-writer.ts';

t.setTimeout(600_000);

const PROJECT = 'demo';
const WHEELS = 500;
const WRITER = new URL('./page-writer.ts', import.meta.url);

t.test('two processes publish wheels of one project and render its page', async (t) => {
  const folder = t.testdir();
  const [{ endpoint, region, accessKey, secretKey, bucket }, redis] = await Promise.all([
    startSeaweed(t),
    startRedis(t),
  ]);
  const s3 = { endpoint, region, accessKey, secretKey, bucket };
  const store = createS3Store(s3);
  const queue = await openQueue({ url: redis.url, dataFolder: '' });
  t.teardown(async () => {
    await queue.close();
    await store.close();
  });

  const writer = async (rest: number, rendersEvery: number): Promise<ChildProcess> => {
    const versions = Array.from({ length: WHEELS }, (_, index) => `${index}.0`).filter(
      (_, index) => index % 2 === rest,
    );
    const settings: WriterSettings = { s3, redis: redis.url, folder, project: PROJECT, versions, rendersEvery };
    const child = fork(WRITER, [JSON.stringify(settings)], { execArgv: ['--import=tsx'] });
    t.teardown(() => child.kill('SIGKILL'));
    await once(child, 'message');
    return child;
  };
  // One of them also renders at times that the queue knows nothing of.
  const writers = await Promise.all([writer(0, WHEELS), writer(1, 10)]);
  await Promise.all(
    writers.map((one) => {
      const done = once(one, 'message');
      one.send('begin');
      return done;
    }),
  );

  // What is left to do is done by jobs that are queued, and by no more.
  const drained = async () => {
    for (;;) {
      const next = new Promise<void>((resolve) => {
        const enough = queue.watch(() => resolve(enough()));
        queue.works('pages').then((works) => works.length === 0 && resolve(enough()));
      });
      if ((await queue.works('pages')).length === 0) return;
      await next;
    }
  };
  await drained();
  t.equal((await filesOn(store, PROJECT))?.length, WHEELS, 'the page is complete when the queue is empty');
  t.same(await projectsOn(store), [PROJECT]);
  await everyListedFileIsWhole(t, store, [PROJECT]);
  await upkeep({ store, queue, log: pino({ level: 'silent' }) });
  await drained();
  const marks: string[] = [];
  for await (const key of store.list('dirty/')) marks.push(key);
  t.same(marks, [], 'and nothing is left to do');
});
