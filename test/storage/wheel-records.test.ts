import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { listWheelNames, listWheelRecords, publishWheel, readWheelRecord } from '../../src/storage/wheel-records.ts';
import { yankByHand } from '../../src/storage/yanks.ts';
import { built } from '../core/planning-data.ts';
import { someWheel } from './wheel.ts';

async function setUp(t: Test) {
  const folder = t.testdir({});
  await mkdir(join(folder, 'scratch'));
  return { store: createFileStore({ folder: join(folder, 'bucket') }), scratch: join(folder, 'scratch') };
}

/** The same store, telling what is written. */
function watched(store: ObjectStore, puts: string[]): ObjectStore {
  return {
    ...store,
    put: (key, content, options) => {
      puts.push(key);
      return store.put(key, content, options);
    },
  };
}

t.test('the bytes first, the record last, and the mark before it', async (t) => {
  const { store, scratch } = await setUp(t);
  const wheel = await someWheel(scratch);
  const { sha256, filename } = wheel.record;
  const puts: string[] = [];
  t.equal(await publishWheel(watched(store, puts), wheel), 'published');
  t.match(puts, [
    paths.wheelFile('demo', sha256, filename),
    paths.wheelMetadata('demo', sha256, filename),
    /^dirty\/demo\/[0-9a-f]{16}\.[0-9a-f]{16}$/,
    paths.wheelRecord('demo', filename),
  ]);
  t.same(await readWheelRecord(store, 'demo', filename), wheel.record);
  t.equal((await store.read(paths.wheelFile('demo', sha256, filename)))?.toString(), 'bytes');
  t.ok((await store.read(paths.wheelMetadata('demo', sha256, filename)))?.equals(wheel.metadata));
  puts.length = 0;
  t.equal(await publishWheel(watched(store, puts), wheel), 'already');
  t.same(puts, []);
});

t.test('what somebody has yanked stays so when it is made again, for all', async (t) => {
  const { store, scratch } = await setUp(t);
  const own = await someWheel(scratch, { visibility: 'prebuild' });
  await publishWheel(store, own);
  await yankByHand(store, own.record, 'broken');
  t.equal(await publishWheel(store, await someWheel(scratch)), 'published');
  t.match(await readWheelRecord(store, 'demo', own.record.filename), {
    visibility: 'public',
    yanked: 'broken',
    yankedHere: {},
  });
});

t.test('the same bytes of another procedure or recipe are what that would build', async (t) => {
  const { store, scratch } = await setUp(t);
  const { build } = built('demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz');
  const made = async (more: object, record: Partial<WheelRecord> = {}) =>
    publishWheel(store, await someWheel(scratch, { build: { ...build!, ...more }, ...record }));
  t.equal(await made({}), 'published');
  t.equal(await made({ image: sha256Hex('another image') }), 'already', 'an image alone is nothing new');
  t.equal(
    await made({ procedure: '2-lock' }, { visibility: 'prebuild' }),
    'already',
    "nor what one list's options made",
  );
  t.equal(await made({ procedure: '2-lock' }, { uploadedAt: '2026-05-05T05:05:05Z' }), 'published');
  t.match(await readWheelRecord(store, 'demo', 'demo-1.0-py3-none-any.whl'), {
    build: { procedure: '2-lock', image: build!.image },
    uploadedAt: '2026-01-02T03:04:05Z',
  });
  t.equal(await made({ procedure: '2-lock', recipe: sha256Hex('recipe') }), 'published');
});

t.test('a name never gets other contents', async (t) => {
  const { store, scratch } = await setUp(t);
  await publishWheel(store, await someWheel(scratch));
  await t.rejects(publishWheel(store, await someWheel(scratch, {}, 'others')), {
    name: 'BuildFailure',
    reason: 'store-failed',
    message: /cannot get other contents/,
  });
  t.same(await listWheelNames(store, 'demo'), ['demo-1.0-py3-none-any.whl']);
});

t.test("a prebuild's own wheel becomes public when it is published so, and never the other way", async (t) => {
  const { store, scratch } = await setUp(t);
  const own = await someWheel(scratch, { visibility: 'prebuild' });
  const open = await someWheel(scratch);
  t.equal(await publishWheel(store, own), 'published');
  t.equal(await publishWheel(store, open), 'published');
  t.equal(await publishWheel(store, own), 'already');
  t.equal((await readWheelRecord(store, 'demo', own.record.filename))?.visibility, 'public');
});

t.test('records are listed by file name; a broken one is named', async (t) => {
  const { store, scratch } = await setUp(t);
  for (const version of ['2.0', '1.0', '3.0'])
    await publishWheel(store, await someWheel(scratch, { version }, version));
  t.same(
    (await listWheelRecords(store, 'demo')).map((record) => record.version),
    ['1.0', '2.0', '3.0'],
  );
  t.same(await listWheelRecords(store, 'dem'), []);
  await store.put(paths.wheelRecord('demo', 'demo-2.0-py3-none-any.whl'), '{}');
  await t.rejects(listWheelRecords(store, 'demo'), { code: 'store-corrupt', message: /demo-2\.0-py3-none-any\.whl/ });
});
