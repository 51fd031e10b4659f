import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { BuildRecord } from '../../../src/core/records/build.ts';
import type { Proof } from '../../../src/core/records/proof.ts';
import type { WheelRecord } from '../../../src/core/records/wheel.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { closeBuild, readBuildRecord } from '../../../src/storage/build-records.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { listRecent } from '../../../src/storage/recent.ts';
import { changeWheelRecord, readWheelRecord } from '../../../src/storage/wheel-records.ts';
import { concludeProof } from '../../../src/workers/jobs/conclude-proof.ts';
import type { Work } from '../../../src/workers/queue/queue.ts';
import { built, TARGET } from '../../core/planning-data.ts';

const AT = '2026-01-01T00:00:00.000Z';
const WHEEL = built('demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz', { proof: { state: 'waiting' } });
const { project, filename, sha256 } = WHEEL;
const { key, sdist } = WHEEL.build!;

const BUILD: BuildRecord = {
  ...{ schema: 1, key, project, version: '1.0', target: TARGET.name, image: TARGET.build.identity, sdist, recipe: {} },
  ...{ run: 2, attempts: 1, state: 'stored', wheel: { filename, sha256, size: 1 }, phases: {} },
  ...{ requestedAt: AT, startedAt: AT, endedAt: AT },
};

const proof = (state: Proof['state'], more: Partial<Proof> = {}): Proof => ({
  ...{ schema: 1, state, runtime: 'python:3.13-slim', provenAt: AT },
  of: [{ project, filename, sha256, build: { key, run: 2 } }],
  ...(state === 'failed' && { failures: [{ project, filename, message: 'It does not load.' }] }),
  ...more,
});

async function setUp(t: Test, wheel: WheelRecord = WHEEL, build = BUILD) {
  const store = createFileStore({ folder: join(t.testdir(), 'bucket') });
  t.teardown(() => store.close());
  await changeWheelRecord(store, wheel);
  await closeBuild(store, build);
  const added: Work[] = [];
  const queue = { add: async (work: Work) => void added.push(work), notify: async () => {} } as never;
  return {
    store,
    conclude: (one: Proof) => concludeProof({ store, queue }, one),
    wheel: async () => (await readWheelRecord(store, project, filename))!,
    build: async () => (await readBuildRecord(store, key))!,
    page: () => store.read(paths.projectPage(project, 'json')),
    recent: async () =>
      (await listRecent(store, 'builds', { limit: 10 })).entries.map((one) => `${one.state} ${one.reason ?? ''}`),
  };
}

t.test('a wheel that is proven is listed', async (t) => {
  const now = await setUp(t);
  t.equal(await now.page(), undefined);
  await now.conclude(proof('proven'));
  t.match(await now.wheel(), { proof: { state: 'proven', runtime: 'python:3.13-slim', at: AT } });
  t.match(String(await now.page()), filename);
  t.match(await now.build(), { state: 'stored' });
});

t.test('one that failed is not, and its build failed; doing it again changes nothing', async (t) => {
  const now = await setUp(t);
  for (const round of [1, 2]) {
    await now.conclude(proof('failed'));
    t.match(await now.wheel(), { proof: { state: 'failed', message: 'It does not load.' } }, String(round));
    t.equal(await now.page(), undefined);
    t.match(await now.build(), { state: 'failed', reason: 'proof-failed', wheel: { sha256 } });
    t.same(await now.recent(), ['failed proof-failed'], 'the list of builds has it once');
  }
});

t.test('what could not be proven is listed, and says why', async (t) => {
  const now = await setUp(t);
  await now.conclude(proof('not-done', { reason: 'out-of-disk', message: 'It is too large.' }));
  t.match(await now.wheel(), { proof: { state: 'skipped', message: 'It is too large.' } });
  t.match(String(await now.page()), filename);
  await now.conclude(proof('proven'));
  t.match(await now.wheel(), { proof: { state: 'proven' } }, 'and is proven when that can be done');
});

t.test('what is known by another proof stays', async (t) => {
  const proven = await setUp(t, { ...WHEEL, proof: { state: 'proven' } });
  await proven.conclude(proof('failed'));
  t.match(await proven.wheel(), { proof: { state: 'proven' } });
  t.match(await proven.build(), { state: 'stored' });
  const failed = await setUp(t, { ...WHEEL, proof: { state: 'failed' } });
  await failed.conclude(proof('proven'));
  t.equal(await failed.page(), undefined);
  const later = await setUp(t, WHEEL, { ...BUILD, run: 3 });
  await later.conclude(proof('failed'));
  t.match(await later.build(), { state: 'stored', run: 3 }, 'a later run of the build is another one');
});

t.test('wheels that were looked at say what they ask for', async (t) => {
  const copy = { ...WHEEL, origin: 'mirrored' as const, proof: undefined, libraries: undefined };
  const { proof: _, libraries: __, ...record } = copy;
  const now = await setUp(t, record);
  const libraries = [{ soname: 'libpq.so.5', package: 'libpq5' }];
  await now.conclude(proof('proven', { of: [], looked: [{ project, filename, sha256, libraries }] }));
  t.same((await now.wheel()).libraries, libraries);
  await now.conclude(proof('proven', { of: [], looked: [{ project, filename, sha256, libraries: [] }] }));
  t.same((await now.wheel()).libraries, libraries, 'who looked first has said it');
});
