import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { markDirty, publishWheel } from '../../src/storage/wheel-records.ts';
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

const ONE = 'demo-1.0-py3-none-any.whl';
const TWO = 'demo-2.0-py3-none-any.whl';

t.test('public wheels only, with all that is known of them, and the marks are gone', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish({ requiresPython: '>=3.8', yanked: 'old' });
  await publish({ version: '10.0' }, 'ten');
  await publish({ version: '2.0', visibility: 'prebuild' }, 'two');
  t.equal((await marks(store)).length, 3);
  await renderProject(store, 'demo');
  t.same(await marks(store), []);
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
  t.same(await marks(store), []);
});

t.test('a mark stays until its record has come', async (t) => {
  const { store, publish, folder } = await setUp(t);
  await publish();
  await markDirty(store, 'demo', TWO);
  await markDirty(store, 'demo');
  await renderProject(store, 'demo');
  const [left, ...others] = await marks(store);
  t.match(left, new RegExp(`${TWO}$`));
  t.same(others, []);
  await publish({ version: '2.0' }, 'two');
  await renderProject(store, 'demo');
  t.same(await marks(store), []);
  await markDirty(store, 'demo', 'demo-3.0-py3-none-any.whl');
  const [lost] = await marks(store);
  const before = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(join(folder, 'bucket', lost!), before, before);
  await renderProject(store, 'demo');
  t.same(await marks(store), [], 'one whose writer died is given up in the end');
});

t.test('deleted wheels are not listed, and a project without wheels has no page', async (t) => {
  const { store, publish } = await setUp(t);
  await publish();
  await publish({ project: 'other', filename: 'other-1.0-py3-none-any.whl' });
  for (const project of ['demo', 'other']) await renderProject(store, project);
  await renderRoot(store);
  const root = async () => JSON.parse((await store.read(paths.rootPage('json')))!.toString()).projects;
  t.same(await root(), [{ name: 'demo' }, { name: 'other' }]);
  t.match((await store.read(paths.rootPage('html')))?.toString(), '<a href="demo/">demo</a>');
  await store.put(paths.tombstone('demo', ONE), '');
  await renderProject(store, 'demo');
  await renderRoot(store);
  t.equal(await filesOn(store), undefined);
  t.equal(await store.read(paths.projectPage('demo', 'html')), undefined);
  t.same(await root(), [{ name: 'other' }]);
});
