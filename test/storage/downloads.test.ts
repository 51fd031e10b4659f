import { join } from 'node:path';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { dayOf } from '../../src/storage/cache-uses.ts';
import { addDownloads, foldDownloads, readDownloads } from '../../src/storage/downloads.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { startSeaweed } from '../services/seaweedfs.ts';

const STORES: Record<string, (t: Test) => Promise<ObjectStore>> = {
  'the file store': async (t) => createFileStore({ folder: join(t.testdir({}), 'bucket') }),
  'the S3 store': async (t) => createS3Store(await startSeaweed(t)),
};

const now = new Date('2026-11-26T12:00:00Z');
const ago = (days: number) => dayOf(new Date(now.getTime() - days * 24 * 3600_000));

let number = 0;
function add(store: ObjectStore, days: number, writer: string, wheels: Record<string, number>, project = 'demo') {
  number += 1;
  const addition = { project, day: ago(days), writer, number, wheels: new Map(Object.entries(wheels)) };
  return addDownloads(store, addition);
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(paths.allDownloads())) keys.push(key);
  return keys;
}

const whole = async (store: ObjectStore, at = now) => {
  const { total, last30Days, wheels } = await readDownloads(store, 'demo', at);
  return { total, last30Days, wheels: Object.fromEntries([...wheels].sort()) };
};

for (const [name, open] of Object.entries(STORES))
  t.test(`${name}: what several processes have sent, over the days`, async (t) => {
    const store = await open(t);
    t.teardown(() => store.close());
    t.same(await whole(store), { total: 0, last30Days: 0, wheels: {} });
    await add(store, 40, 'one', { a: 5 });
    await add(store, 30, 'one', { a: 7, b: 1 });
    await add(store, 29, 'one', { a: 100 });
    await add(store, 29, 'two', { b: 20 });
    await add(store, 2, 'two', { b: 3 });
    await add(store, 1, 'one', { b: 1 });
    await add(store, 0, 'one', { a: 1 });
    await add(store, 0, 'one', { a: 1, c: 2 });
    await add(store, 0, 'two', { c: 4 });
    await add(store, 0, 'one', { z: 1 }, 'demo-more');
    const expected = {
      total: 145,
      last30Days: 132,
      wheels: {
        a: { count: 114, last: ago(0) },
        b: { count: 25, last: ago(1) },
        c: { count: 6, last: ago(0) },
      },
    };
    t.same(await whole(store), expected);

    t.equal(await foldDownloads(store, { now }), 1);
    t.same(
      (await keysOf(store)).filter((key) => !key.includes('demo-more')),
      [
        paths.downloadsUntil('demo', ago(2)),
        paths.downloadsOfDay('demo', ago(1), 'one'),
        paths.downloadsOfDay('demo', ago(0), 'one'),
        paths.downloadsOfDay('demo', ago(0), 'two'),
      ],
      'days to which nobody writes any more are one object',
    );
    t.same(await whole(store), expected, 'and what they say is the same');
    t.equal(await foldDownloads(store, { now }), 0, 'nothing is left to do');

    const later = new Date(now.getTime() + 5 * 24 * 3600_000);
    await store.put(
      paths.downloadsOfDay('demo', ago(12), 'dead'),
      (await store.read(paths.downloadsOfDay('demo', ago(0), 'two'))) ?? '',
    );
    t.same(await whole(store), expected, 'what was left of a day that is in it already does not count again');
    await Promise.all([1, 2, 3].map(() => foldDownloads(store, { now: later })));
    await foldDownloads(store, { now: later });
    t.same(await keysOf(store), [paths.downloadsUntil('demo-more', ago(0)), paths.downloadsUntil('demo', ago(0))]);
    t.same(await whole(store, later), { ...expected, last30Days: 12 }, 'several at once come to the same');
  });

t.test('what may have been written is not added twice', async (t) => {
  const store = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  const wheels = new Map([['a', 3]]);
  const addition = { project: 'demo', day: ago(0), writer: 'one', number: 1, wheels };
  for (let time = 0; time < 3; time += 1) await addDownloads(store, addition);
  t.equal((await whole(store)).total, 3);
  await addDownloads(store, { ...addition, number: 2 });
  t.equal((await whole(store)).total, 6);
});

t.test('who finds a part while another one removes the rest writes nothing', async (t) => {
  const store = createFileStore({ folder: join(t.testdir({}), 'bucket') });
  await add(store, 4, 'one', { a: 1 });
  await add(store, 3, 'one', { a: 10 });
  // It has listed when the other one has removed the older day, and reads before the younger one goes.
  let isFirst = true;
  const late: ObjectStore = {
    ...store,
    async *list(prefix, options) {
      const keys: string[] = [];
      for await (const key of store.list(prefix, options)) keys.push(key);
      if (isFirst && prefix === paths.downloadsOf('demo')) {
        isFirst = false;
        yield paths.downloadsOfDay('demo', ago(3), 'one');
        return;
      }
      yield* keys;
    },
    async read(key) {
      const bytes = await store.read(key);
      await foldDownloads(store, { now });
      return bytes;
    },
  };
  t.equal(await foldDownloads(late, { now }), 0);
  t.same(await whole(store), { total: 11, last30Days: 11, wheels: { a: { count: 11, last: ago(3) } } });
});
