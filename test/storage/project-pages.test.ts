import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { announceRecord, beginRendering, markDirty } from '../../src/storage/dirty-marks.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { writeTombstone } from '../../src/storage/tombstones.ts';
import { changeWheelRecord, publishWheel, readWheelRecord } from '../../src/storage/wheel-records.ts';
import { yankWheel } from '../../src/storage/yanks.ts';
import { someWheel } from './wheel.ts';

async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const publish = async (...args: Parameters<typeof someWheel> extends [string, ...infer R] ? R : never) =>
    publishWheel(store, await someWheel(scratch, ...args));
  return { store, publish, folder };
}

async function filesOn(store: ObjectStore, project = 'demo'): Promise<string[] | undefined> {
  const bytes = await store.read(paths.projectPage(project, 'json'));
  return bytes && JSON.parse(bytes.toString()).files.map((file: { filename: string }) => file.filename);
}

async function marks(store: ObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list(paths.allDirty())) found.push(key);
  return found;
}

const marksOf = async (store: ObjectStore, project: string) =>
  (await marks(store)).filter((key) => key.startsWith(paths.dirtyOf(project)));

const ONE = 'demo-1.0-py3-none-any.whl';
const TWO = 'demo-2.0-py3-none-any.whl';

t.test('public wheels only, with all that is known of them, and the marks are gone', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish({ requiresPython: '>=3.8', yanked: 'old' });
  await publish({ version: '10.0' }, 'ten');
  await publish({ version: '2.0', visibility: 'prebuild' }, 'two');
  t.equal((await marks(store)).length, 3);
  await renderProject(store, 'demo');
  t.same(await marksOf(store, 'demo'), []);
  const page = JSON.parse((await store.read(paths.projectPage('demo', 'json')))!.toString());
  t.same(page.versions, ['1.0', '10.0']);
  const { sha256, metadataSha256 } = (await someWheel(join(folder, 'scratch'))).record;
  t.same(page.files[0], {
    filename: ONE,
    url: `../../wheels/demo/${sha256}/${ONE}`,
    hashes: { sha256 },
    'requires-python': '>=3.8',
    size: 5,
    'upload-time': '2026-01-02T03:04:05.000Z',
    yanked: 'old',
    'core-metadata': { sha256: metadataSha256 },
  });
  t.match(
    (await store.read(paths.projectPage('demo', 'html')))?.toString(),
    `href="../../wheels/demo/${sha256}/${ONE}#sha256=`,
  );
});

t.test('what is published while a page is written gets onto it', async (t) => {
  const { store, publish } = await setUp(t);
  await publish();
  let published = 0;
  const busy: ObjectStore = {
    ...store,
    put: async (key, content, options) => {
      await store.put(key, content, options);
      if (key === paths.projectPage('demo', 'json') && published++ === 0) await publish({ version: '2.0' }, 'two');
    },
  };
  await renderProject(busy, 'demo');
  t.equal(published, 2, 'written twice');
  t.same(await filesOn(store), [ONE, TWO]);
  t.same(await marksOf(store, 'demo'), []);
});

t.test('a mark stays until what it announces has come', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish();
  const two = (await someWheel(join(folder, 'scratch'), { version: '2.0' }, 'two')).record;
  await announceRecord(store, two, false);
  await markDirty(store, 'demo');
  await renderProject(store, 'demo');
  t.equal((await marksOf(store, 'demo')).length, 1, 'of the record that is missing');
  await publish({ version: '2.0' }, 'two');
  await renderProject(store, 'demo');
  t.same(await marksOf(store, 'demo'), []);
  await announceRecord(store, { ...two, yanked: 'old' }, true);
  await renderProject(store, 'demo');
  t.equal((await marksOf(store, 'demo')).length, 1, 'a record is there, but not yet the one that was announced');
  await changeWheelRecord(store, { ...two, yanked: 'old' });
  await renderProject(store, 'demo');
  t.same(await marksOf(store, 'demo'), []);
  await announceRecord(store, { ...two, yanked: 'never written' }, true);
  const [lost] = await marksOf(store, 'demo');
  const before = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(join(folder, 'bucket', lost!), before, before);
  await renderProject(store, 'demo');
  t.same(await marksOf(store, 'demo'), [], 'one whose writer died is given up in the end');
});

t.test('marks stay while another rendering is under way, which may write an older page', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish();
  const other = await beginRendering(store, 'demo');
  await renderProject(store, 'demo');
  t.same(await filesOn(store), [ONE]);
  t.equal((await marksOf(store, 'demo')).length, 2, 'the other one, and the mark of the publishing');
  const before = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(join(folder, 'bucket', other), before, before);
  await renderProject(store, 'demo');
  t.same(await marksOf(store, 'demo'), [], 'one that died is forgotten');
});

t.test('a project that never stays the same is left to a later rendering', async (t) => {
  const { store, publish } = await setUp(t);
  await publish();
  let version = 1;
  const busy: ObjectStore = {
    ...store,
    put: async (key, content, options) => {
      await store.put(key, content, options);
      if (key === paths.projectPage('demo', 'json')) await publish({ version: `${++version}.0` }, String(version));
    },
  };
  t.match(await renderProject(busy, 'demo'), { isSettled: false });
  t.ok((await marksOf(store, 'demo')).length > 0, 'and it is marked');
  t.match(await renderProject(store, 'demo'), { isSettled: true });
  t.equal((await filesOn(store))?.length, version);
  t.same(await marksOf(store, 'demo'), []);
});

t.test('a record is read once, and again when a mark speaks of it', async (t) => {
  const { store, publish } = await setUp(t);
  for (const version of ['1.0', '2.0', '3.0']) await publish({ version }, version);
  const reads: string[] = [];
  let changes = 0;
  const watched: ObjectStore = {
    ...store,
    read: (key) => {
      if (key.endsWith('.whl.json')) reads.push(key);
      return store.read(key);
    },
    put: async (key, content, options) => {
      await store.put(key, content, options);
      if (key !== paths.projectPage('demo', 'json') || changes++ > 0) return;
      const record = await readWheelRecord(store, 'demo', TWO);
      await yankWheel(store, record!, 'broken');
    },
  };
  await renderProject(watched, 'demo');
  t.equal(reads.length, 4, 'each once, and what was yanked meanwhile a second time');
  const page = JSON.parse((await store.read(paths.projectPage('demo', 'json')))!.toString());
  t.match(page.files[1], { filename: TWO, yanked: 'broken' });
});

t.test('a record that cannot be read is left off, and hides no other', async (t) => {
  const { store, publish } = await setUp(t);
  await publish();
  await publish({ version: '2.0' }, 'two');
  await store.put(paths.wheelRecord('demo', ONE), 'no JSON');
  await renderProject(store, 'demo');
  t.same(await filesOn(store), [TWO]);
});

t.test('deleted wheels are not listed, and a project without wheels has no page', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish();
  await publish({ project: 'other', filename: 'other-1.0-py3-none-any.whl' });
  for (const project of ['demo', 'other']) t.match(await renderProject(store, project), { isRootDirty: true });
  t.equal((await marksOf(store, '_root')).length, 2, 'the list of projects lacks them');
  await renderRoot(store);
  t.same(await marks(store), []);
  const root = async () => JSON.parse((await store.read(paths.rootPage('json')))!.toString()).projects;
  t.same(await root(), [{ name: 'demo' }, { name: 'other' }]);
  t.match((await store.read(paths.rootPage('html')))?.toString(), '<a href="demo/">demo</a>');
  t.match(await renderProject(store, 'demo'), { isRootDirty: false }, 'which changes nothing');
  const { record } = await someWheel(join(folder, 'scratch'));
  const now = new Date().toISOString();
  await writeTombstone(store, { schema: 1, record, deletedAt: now, removeBytesAt: now });
  t.match(await renderProject(store, 'demo'), { isRootDirty: true });
  t.equal((await marksOf(store, '_root')).length, 1);
  await renderRoot(store);
  t.equal(await filesOn(store), undefined);
  t.equal(await store.read(paths.projectPage('demo', 'html')), undefined);
  t.equal(await readWheelRecord(store, 'demo', ONE), undefined, 'the deletion is finished');
  t.same(await root(), [{ name: 'other' }]);
  t.same(await marks(store), []);
});
