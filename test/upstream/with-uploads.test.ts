import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { removeClaim, writeClaim } from '../../src/storage/claims.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { publishSdist } from '../../src/storage/sdist-records.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { createPrivateProjects } from '../../src/upstream/private-projects.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { withUploads } from '../../src/upstream/with-uploads.ts';
import { sha256 } from '../storage/wheel.ts';
import { createIndexServer, page } from './index-server.ts';

const demo = normalizeName('demo');

/** An upstream that has `demo` 9.0, behind the wrapper, and a store to upload into. */
async function wrapped(t: Test) {
  const folder = t.testdir({ files: {} });
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const index = await createIndexServer(t);
  const file = { filename: 'demo-9.0.tar.gz', url: `${index.origin}/x`, hashes: { sha256: 'a'.repeat(64) }, size: 1 };
  index.routes.set('/simple/demo/', page([file]));
  const upstream = withUploads(createUpstream({ indexes: [parseIndexUrl(index.indexUrl)!], store }), store);
  t.teardown(() => upstream.close());
  return { folder: join(folder, 'files'), store, index, upstream };
}

async function put(store: ObjectStore, folder: string, version: string, bytes = 'bytes') {
  const filename = `demo-${version}.tar.gz`;
  const path = join(folder, filename);
  await writeFile(path, bytes);
  const about = { schema: 1 as const, project: 'demo', version, filename, sha256: sha256(bytes) };
  const record = { ...about, size: bytes.length, requiresPython: '>=3.9', uploadedAt: '2026-01-02T03:04:05.000Z' };
  return publishSdist(store, { record, path });
}

t.test('a name that is not claimed is upstream’s, whatever was uploaded', async (t) => {
  const { folder, store, upstream, index } = await wrapped(t);
  await put(store, folder, '1.0');
  t.equal(await upstream.cached(demo), 'unknown');
  t.same(
    (await upstream.project(demo))?.files.map((one) => one.filename),
    ['demo-9.0.tar.gz'],
  );
  t.equal(index.asked('/simple/demo/'), 1);
});

t.test('a claimed name has exactly what was uploaded, and nobody is asked', async (t) => {
  const { folder, store, upstream, index } = await wrapped(t);
  await upstream.project(demo);
  await writeClaim(store, 'demo', 'request');
  upstream.changed(demo);
  const asked = index.requests.length;
  t.equal(await upstream.project(demo), undefined, 'nothing yet: as a name that nobody has');
  t.equal(await upstream.cached(demo), undefined, 'though a page of upstream is cached');
  await put(store, folder, '1.0');
  upstream.changed(demo);
  const project = await upstream.project(demo);
  const [file] = project!.files;
  t.match(file, {
    kind: 'sdist',
    filename: 'demo-1.0.tar.gz',
    sdist: { version: '1.0' },
    requiresPython: '>=3.9',
    size: 5,
  });
  t.equal((await upstream.project(demo, { maxAge: 0 }))!.files, project!.files, 'the same list while nothing changed');
  t.equal(await upstream.metadata(file!), undefined);
  t.equal(await upstream.metadataBytes(file!), undefined);
  const fetched = await upstream.fetch(file!, { folder });
  t.equal(await readFile(fetched.path, 'utf8'), 'bytes');
  t.equal(fetched.sha256, sha256('bytes'));
  await fetched.release();
  await t.rejects(upstream.fetch(file!, { folder, sha256: file!.sha256!.replace(/^./, 'f') as never }), {
    name: 'BuildFailure',
    message: /has the SHA-256/,
  });
  await store.remove(`sdists/demo/${file!.sha256}/demo-1.0.tar.gz`);
  await t.rejects(upstream.fetch(file!, { folder }), { name: 'BuildFailure', message: /no longer stored/ });
  t.equal(index.requests.length, asked);
  t.equal((await upstream.beyondClaims(demo))?.files.length, 1, 'but by who asks whether upstream has the name');

  await removeClaim(store, 'demo');
  upstream.changed(demo);
  t.same(
    (await upstream.project(demo))?.files.map((one) => one.filename),
    ['demo-9.0.tar.gz'],
  );
});

t.test('what another process stores is seen after a second, or at once by who asks for what is new', async (t) => {
  const { folder, store } = await wrapped(t);
  let clock = 0;
  const here = createPrivateProjects(store, () => clock);
  t.equal(await here.sdists(demo), undefined);
  await writeClaim(store, 'demo', 'upload');
  await put(store, folder, '1.0');
  t.equal(await here.sdists(demo), undefined, 'remembered');
  t.equal((await here.sdists(demo, { fresh: true }))?.length, 1);
  clock = 1_000;
  t.equal((await here.sdists(demo))?.length, 1);
  await put(store, folder, '2.0', 'more');
  t.equal((await here.sdists(demo))?.length, 1, 'remembered');
  here.changed(demo);
  t.equal((await here.sdists(demo))?.length, 2);
});

t.test('where claims cannot be read no name is looked up', async (t) => {
  const { store, index } = await wrapped(t);
  const away = {
    ...store,
    list: () => {
      throw new Error('the store is away');
    },
  } as unknown as ObjectStore;
  const upstream = withUploads(createUpstream({ indexes: [parseIndexUrl(index.indexUrl)!], store }), away);
  await t.rejects(upstream.project(demo), /the store is away/);
  await t.rejects(upstream.cached(demo), /the store is away/);
  t.equal(index.requests.length, 0);
  await upstream.close();
});

t.test('a look at the claims that began before a change says nothing afterwards', async (t) => {
  const { store, upstream: _, index, folder } = await wrapped(t);
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let looks = 0;
  const slow: ObjectStore = {
    ...store,
    async *list(prefix, options) {
      const keys: string[] = [];
      for await (const key of store.list(prefix, options)) keys.push(key);
      looks += 1;
      if (looks === 1) await gate;
      yield* keys;
    },
  };
  const projects = createPrivateProjects(slow);
  const early = projects.sdists(demo);
  await writeClaim(store, 'demo', 'request');
  projects.changed(demo);
  t.same(await projects.sdists(demo), [], 'whoever asks now sees the claim, though the early look goes on');
  release();
  t.equal(await early, undefined);
  t.notOk(projects.isKnownFree(demo), 'and it is not believed when it ends');
  t.same(await projects.sdists(demo), []);
  await put(store, folder, '1.0');
  projects.changed(demo);
  t.equal((await projects.sdists(demo))?.length, 1);
  t.same(index.requests, []);
});
