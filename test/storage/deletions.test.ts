import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { deleteWheel, removeDueBytes, undeleteWheel } from '../../src/storage/deletions.ts';
import { beginRendering } from '../../src/storage/dirty-marks.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { readTombstone, writeTombstone } from '../../src/storage/tombstones.ts';
import { publishWheel, readWheelRecord } from '../../src/storage/wheel-records.ts';
import { someWheel } from './wheel.ts';

const HOUR = 60 * 60_000;
const NAME = 'demo-1.0-py3-none-any.whl';

async function setUp(t: Test, more: Partial<WheelRecord> = {}) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const wheel = await someWheel(scratch, more);
  await publishWheel(store, wheel);
  await renderProject(store, 'demo');
  return { store, wheel, scratch, record: wheel.record };
}

async function under(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

const isListed = async (store: ObjectStore) =>
  (await store.read(paths.projectPage('demo', 'html')))?.toString().includes(`>${NAME}<`) ?? false;

async function deleteNow(store: ObjectStore, record: WheelRecord) {
  await deleteWheel(store, record, 'a mistake');
  await renderProject(store, 'demo');
}

t.test('the mark first, then the tombstone; the page, the record, and a day later the bytes', async (t) => {
  const { store, record } = await setUp(t);
  const writes: string[] = [];
  const watched: ObjectStore = {
    ...store,
    put: (key, ...rest) => {
      writes.push(`put ${key}`);
      return store.put(key, ...rest);
    },
    remove: (key) => {
      writes.push(`remove ${key}`);
      return store.remove(key);
    },
  };
  await deleteWheel(watched, record, 'a mistake');
  await renderProject(watched, 'demo');
  const about = writes.filter((one) => !one.includes('/rendering-'));
  t.match(about, [
    /^put dirty\/demo\/[0-9a-f]{16}\.[0-9a-f]{16}\.deleted$/,
    new RegExp(`^put deletions/\\d{13}/demo/${NAME}$`),
    `put tombstones/demo/${NAME}`,
    /^put dirty\/_root\/[0-9a-f]{16}\.demo\.nopage$/,
    'remove simple/demo/index.html',
    'remove simple/demo/index.json',
    `remove wheels/demo/${NAME}.json`,
    /^remove dirty\/demo\/[0-9a-f]{16}\.[0-9a-f]{16}\.deleted$/,
  ]);
  t.equal(about.length, 8);
  t.match(await readTombstone(store, 'demo', NAME), { record, reason: 'a mistake' });
  t.equal((await under(store, 'wheels/')).length, 2, 'the bytes and the metadata are kept');
  t.equal(await removeDueBytes(store, new Date(Date.now() + 23 * HOUR)), 0);
  t.equal((await under(store, 'wheels/')).length, 2, 'for a day');
  t.equal(await removeDueBytes(store, new Date(Date.now() + 25 * HOUR)), 1);
  t.same(await under(store, 'wheels/'), []);
  t.same(await under(store, 'deletions/'), []);
  t.match(await readTombstone(store, 'demo', NAME), { bytesRemoved: true }, 'and the name is known for good');
});

t.test('a deleted name does not come back by itself', async (t) => {
  const { store, record, wheel, scratch } = await setUp(t);
  await deleteNow(store, record);
  await t.rejects(publishWheel(store, wheel), {
    reason: 'deleted',
    retry: false,
    message:
      /was deleted here on \d{4}-\d\d-\d\d \(a mistake\)\. To have it again: `wheelmill undelete demo-1\.0-py3-none-any\.whl`\.$/,
  });
  const others = await someWheel(scratch, {}, 'other bytes');
  await t.rejects(publishWheel(store, others), { message: /cannot get other contents/ });
  t.equal(await readWheelRecord(store, 'demo', NAME), undefined);

  t.equal(await undeleteWheel(store, (await readTombstone(store, 'demo', NAME))!), 'restored');
  await renderProject(store, 'demo');
  t.same(await readWheelRecord(store, 'demo', NAME), record);
  t.ok(await isListed(store));
  t.same(await under(store, 'tombstones/'), []);
  t.same(await under(store, 'deletions/'), []);
  t.same(await under(store, 'dirty/demo/'), []);
});

t.test('after a day the name may come back, with the same bytes', async (t) => {
  const { store, record, wheel, scratch } = await setUp(t);
  await deleteNow(store, record);
  await removeDueBytes(store, new Date(Date.now() + 25 * HOUR));
  t.equal(await undeleteWheel(store, (await readTombstone(store, 'demo', NAME))!), 'released');
  await t.rejects(publishWheel(store, await someWheel(scratch, {}, 'other bytes')), /cannot get other contents/);
  t.equal(await publishWheel(store, wheel), 'published');
  await renderProject(store, 'demo');
  t.ok(await isListed(store));
  t.equal((await store.read(paths.wheelFile('demo', record.sha256, NAME)))?.toString(), 'bytes');
  t.same(await under(store, 'tombstones/'), []);
});

t.test('a copy of an upstream file may be copied again, with the same bytes', async (t) => {
  const { store, record, wheel, scratch } = await setUp(t, { origin: 'mirrored' });
  await deleteNow(store, record);
  const others = await someWheel(scratch, { origin: 'mirrored' }, 'other bytes');
  await t.rejects(publishWheel(store, others), /cannot get other contents/);
  await t.rejects(publishWheel(store, await someWheel(scratch, { origin: 'uploaded' })), {
    name: 'BuildFailure',
    reason: 'deleted',
  });
  t.equal(await publishWheel(store, wheel), 'published');
  await renderProject(store, 'demo');
  t.ok(await isListed(store));
  t.equal(await removeDueBytes(store, new Date(Date.now() + 25 * HOUR)), 0, 'its bytes are not due any more');
  t.ok(await store.head(paths.wheelFile('demo', record.sha256, NAME)));
});

t.test('what is deleted twice has its bytes until the day after the second time', async (t) => {
  const { store, record } = await setUp(t);
  await deleteNow(store, record);
  await undeleteWheel(store, (await readTombstone(store, 'demo', NAME))!);
  const first = paths.deletion(new Date(Date.now() - HOUR), 'demo', NAME);
  await store.put(first, '');
  await deleteNow(store, record);
  t.equal(await removeDueBytes(store), 0, 'a mark that an earlier deletion has left');
  t.ok(await store.head(paths.wheelFile('demo', record.sha256, NAME)));
  t.equal(await store.head(first), undefined);
});

t.test('nobody takes back what is just going', async (t) => {
  const { store, record, wheel } = await setUp(t, { origin: 'mirrored' });
  await deleteNow(store, record);
  const due = { ...(await readTombstone(store, 'demo', NAME))!, removeBytesAt: new Date().toISOString() };
  await writeTombstone(store, due);
  const going = { reason: 'store-failed', retry: true, message: /are just being removed\. Ask again/ };
  await t.rejects(undeleteWheel(store, due), going);
  await t.rejects(publishWheel(store, wheel), going);
  t.match(await readTombstone(store, 'demo', NAME), { lifted: undefined });
});

t.test('a rendering that began before may still finish the deletion: taking it back waits for its end', async (t) => {
  const { store, record } = await setUp(t);
  await deleteWheel(store, record, undefined);
  const rendering = await beginRendering(store, 'demo');
  let restored = false;
  let lifted: () => void = () => undefined;
  const isLifted = new Promise<void>((resolve) => {
    lifted = resolve;
  });
  const watched: ObjectStore = {
    ...store,
    head: async (key) => {
      const info = await store.head(key);
      if (key === rendering) lifted();
      return info;
    },
  };
  const undeleting = undeleteWheel(watched, (await readTombstone(store, 'demo', NAME))!).then(() => {
    restored = true;
  });
  await isLifted;
  await store.remove(paths.wheelRecord('demo', NAME));
  t.notOk(restored);
  await store.remove(rendering);
  await undeleting;
  t.same(await readWheelRecord(store, 'demo', NAME), record);
});

t.test('bytes are not removed as long as a page may list them', async (t) => {
  const { store, record } = await setUp(t);
  await deleteWheel(store, record, undefined);
  t.equal(await removeDueBytes(store, new Date(Date.now() + 25 * HOUR)), 0);
  t.ok(await store.head(paths.wheelFile('demo', record.sha256, NAME)));
  await renderProject(store, 'demo');
  t.equal(await removeDueBytes(store, new Date(Date.now() + 25 * HOUR)), 1);
});
