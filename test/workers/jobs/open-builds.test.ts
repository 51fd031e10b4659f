import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import type { PlanItem, PrebuildRequest } from '../../../src/core/records/prebuild.ts';
import type { Priority } from '../../../src/core/records/turn.ts';
import { sha256Hex } from '../../../src/core/sha256.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { readOpenBuild, waitingPrebuilds } from '../../../src/storage/build-records.ts';
import { wishCancel } from '../../../src/storage/cancels.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import type { Worker } from '../../../src/workers/context.ts';
import { awaitBuilds, openBuilds } from '../../../src/workers/jobs/open-builds.ts';
import { openQueue } from '../../../src/workers/queue/open-queue.ts';
import { RetryLater } from '../../../src/workers/queue/queue.ts';
import { upkeep } from '../../../src/workers/upkeep.ts';
import { TARGET } from '../../core/planning-data.ts';

const LANE = `builds.${TARGET.name}` as const;
const { signal } = new AbortController();

async function setUp(t: Test) {
  const dataFolder = t.testdir();
  const store = createFileStore({ folder: join(dataFolder, 'bucket') });
  const queue = await openQueue({ dataFolder });
  t.teardown(async () => {
    await queue.close();
    await store.close();
  });
  const open = (client: string, priority: Priority, ...names: string[]) =>
    openBuilds({ store, queue } as Worker, request(client, priority), TARGET.build.identity, names.map(item), signal);
  return { store, queue, open };
}

const request = (client: string, priority: Priority): PrebuildRequest => ({
  schema: 1,
  id: sha256Hex(client + priority).slice(0, 32),
  attempt: 1,
  target: TARGET.name,
  options: { deps: true },
  requirements: [],
  turn: { priority, client, rank: 1 },
  warnings: [],
  requestedAt: '2026-01-01T00:00:00.000Z',
});

const item = (project: string): Extract<PlanItem, { kind: 'build' }> => ({
  kind: 'build',
  project,
  version: '1.0',
  lines: [],
  key: sha256Hex(project),
  recipe: {},
  visibility: 'prebuild',
  sdist: { filename: `${project}-1.0.tar.gz`, sha256: sha256Hex(`${project} sdist`) },
  run: 1,
});

t.test('one record that nobody can read keeps no other waiting', async (t) => {
  const { store, queue, open } = await setUp(t);
  await open('ann', 'interactive', 'a', 'c');
  await store.put(paths.openBuild(sha256Hex('b')), 'no JSON');
  const said: unknown[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => said.push(JSON.parse(line).key) });
  for (const { id } of await queue.works(LANE)) await queue.cancel(LANE, id);
  t.equal(await upkeep({ store, queue, log }), 2);
  t.same(said, [paths.openBuild(sha256Hex('b'))]);
});

t.test(
  'turns are kept with the builds, raised by whoever is more urgent, and come back after a wiped queue',
  async (t) => {
    const { store, queue, open } = await setUp(t);
    await open('cron', 'batch', 'a', 'b', 'c');
    await open('ann', 'interactive', 'b', 'd');
    await open('ben', 'interactive', 'b', 'e');
    await open('cron', 'batch', 'a', 'b', 'c');
    const turns = async () =>
      Promise.all([...'abcde'].map(async (name) => (await readOpenBuild(store, sha256Hex(name)))?.turn));
    const expected = [
      { priority: 'batch', client: 'cron', rank: 1 },
      { priority: 'interactive', client: 'ann', rank: 1 },
      { priority: 'batch', client: 'cron', rank: 3 },
      { priority: 'interactive', client: 'ann', rank: 2 },
      { priority: 'interactive', client: 'ben', rank: 1 },
    ];
    t.same(await turns(), expected);
    t.equal((await waitingPrebuilds(store, sha256Hex('b'))).length, 3, 'all wait for the one build');

    for (const { id } of await queue.works(LANE)) await queue.cancel(LANE, id);
    t.same(await queue.works(LANE), []);
    t.equal(await upkeep({ store, queue, log: pino({ level: 'silent' }) }), 5);
    const restored = new Map((await queue.works(LANE)).map(({ id, data }) => [id, data.turn]));
    t.same(
      [...'abcde'].map((name) => restored.get(sha256Hex(name))),
      expected,
    );
  },
);

t.test('who comes while a build is being cancelled waits for the outcome, and takes a run of its own', async (t) => {
  const { store } = await setUp(t);
  await wishCancel(store, sha256Hex('a'), 1);
  const asked = { id: '0'.repeat(32), attempt: 1 };
  const worker = { store } as Worker;
  await t.rejects(awaitBuilds(worker, asked, [item('a')], [], { willRetry: true }), RetryLater);
  t.same(await waitingPrebuilds(store, sha256Hex('a')), [asked.id], 'and is seen by who cancels');
  t.match(await awaitBuilds(worker, asked, [item('a')], [], { willRetry: false }), [{ run: 2 }]);
});
