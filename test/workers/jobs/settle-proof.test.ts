import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import type { BuildRecord } from '../../../src/core/records/build.ts';
import type { Plan, PrebuildRequest } from '../../../src/core/records/prebuild.ts';
import type { Proof } from '../../../src/core/records/proof.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { closeBuild } from '../../../src/storage/build-records.ts';
import { wishCancel } from '../../../src/storage/cancels.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { openPrebuild, readPrebuildRecord, writePlan } from '../../../src/storage/prebuild-records.ts';
import { readPrebuildStatus } from '../../../src/storage/prebuild-status.ts';
import { openProof, writeProof } from '../../../src/storage/proof-records.ts';
import { writeTarget } from '../../../src/storage/target-records.ts';
import { changeWheelRecord } from '../../../src/storage/wheel-records.ts';
import { settleJob } from '../../../src/workers/jobs/settle-job.ts';
import { openQueue } from '../../../src/workers/queue/open-queue.ts';
import type { WorkContext } from '../../../src/workers/queue/queue.ts';
import { upkeep } from '../../../src/workers/upkeep.ts';
import { built, TARGET } from '../../core/planning-data.ts';

const AT = '2026-01-01T00:00:00.000Z';
const ID = '0'.repeat(32);
const LANE = `proofs.${TARGET.name}` as const;
const WHEEL = built('demo-1.0-py3-none-any.whl', 'demo-1.0.tar.gz', { proof: { state: 'waiting' }, libraries: [] });
const { project, version, filename, sha256 } = WHEEL;
const { key, sdist } = WHEEL.build!;
const image = TARGET.build.identity;

const REQUEST: PrebuildRequest = {
  ...{ schema: 1, id: ID, attempt: 1, target: TARGET.name, options: { deps: true }, requirements: [], warnings: [] },
  requestedAt: AT,
};
const PLAN: Plan = {
  ...{ schema: 1, id: ID, attempt: 1, target: TARGET.name, image, pinned: true, skipped: [], plannedAt: AT },
  items: [{ kind: 'build', project, version, lines: [], key, sdist, recipe: {}, visibility: 'public', run: 1 }],
};
const BUILD: BuildRecord = {
  ...{ schema: 1, key, project, version, target: TARGET.name, image, sdist, recipe: {}, run: 1, attempts: 1 },
  ...{ state: 'stored', wheel: { filename, sha256, size: 1 }, phases: {} },
  ...{ requestedAt: AT, startedAt: AT, endedAt: AT },
};
const PROOF: Proof = {
  ...{ schema: 1, state: 'proven', runtime: 'python:3.13-slim', wheels: 1, modules: 1, seconds: 2, provenAt: AT },
  of: [{ project, filename, sha256, build: { key, run: 1 } }],
};

/** A prebuild whose one build has ended. */
async function setUp(t: Test) {
  const dataFolder = t.testdir();
  const store = createFileStore({ folder: join(dataFolder, 'bucket') });
  const queue = await openQueue({ dataFolder });
  t.teardown(async () => {
    await queue.close();
    await store.close();
  });
  await writeTarget(store, { ...TARGET, runtimeHas: { libraries: [], packages: {} } });
  await openPrebuild(store, REQUEST, Buffer.from('demo==1.0\n'));
  await writePlan(store, PLAN);
  await changeWheelRecord(store, WHEEL);
  await closeBuild(store, BUILD);
  const context = { notify: async () => {} } as unknown as WorkContext;
  return {
    ...{ store, queue },
    settle: () => settleJob({ store, queue })({ id: ID }, context),
    record: () => readPrebuildRecord(store, ID, 1),
    jobs: async () => (await queue.works(LANE)).map(({ data }) => data),
    page: () => store.read(paths.projectPage(project, 'json')),
  };
}

t.test('a prebuild ends when its proof is there', async (t) => {
  const { store, settle, record, jobs, page } = await setUp(t);
  await settle();
  await settle();
  t.same(await jobs(), [{ id: ID, attempt: 1 }], 'one job, however often it is looked at');
  t.match(await readPrebuildStatus(store, ID, 1), { state: 'proving', items: [{ state: 'stored' }] });
  t.same([await record(), await page()], [undefined, undefined]);

  await writeProof(store, ID, 1, PROOF);
  await settle();
  t.match(await record(), { state: 'ready', slimReady: true, proof: { modules: 1 }, phases: { proving: 2000 } });
  t.match(String(await page()), filename, 'and is listed before that');
});

t.test('a queue that was wiped gets the proof back', async (t) => {
  const { store, queue, jobs } = await setUp(t);
  await openProof(store, key, TARGET.name);
  t.equal(
    await upkeep({ store, queue, log: pino({ level: 'silent' }) }),
    3,
    'of the list, of the build alone, and the page that has a mark',
  );
  t.match(new Set(await jobs()), new Set([{ id: ID, attempt: 1 }, { key }]));
  t.equal(await upkeep({ store, queue, log: pino({ level: 'silent' }) }), 0);
});

t.test('cancelled while it is proven, it ends without', async (t) => {
  const { store, settle, record, jobs, page } = await setUp(t);
  await settle();
  await wishCancel(store, ID, 1);
  await settle();
  t.same(await jobs(), []);
  t.match(await record(), { state: 'cancelled', items: [{ state: 'stored' }], slimReady: false });
  t.equal(await page(), undefined);
});
