import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { docker } from '../services/docker.ts';
import { prebuild, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { PHASES } from './phases.ts';
import { allBuilds, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(600_000);

const ROUNDS = 50;
const SEED = 20261124;

/** Every phase comes at least so often; the rest of the rounds are drawn. */
const EACH = 3;

const index = await startLocalIndex(t);
const dataFolder = t.testdir();
const server = await startServer(t, {
  ...localSettings(index, dataFolder),
  WHEELMILL_CONCURRENCY: '2',
  WHEELMILL_UPKEEP_INTERVAL: '1h',
});
const store = createFileStore({ folder: join(dataFolder, 'bucket') });
t.teardown(() => store.close());
const owner = (await readFile(join(dataFolder, 'bucket', paths.installation()), 'utf8')).trim();

/** A linear congruential generator (Numerical Recipes), so that a failing order can be had again. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** The phases in the order of this seed. */
function drawn(): string[] {
  const names = Object.keys(PHASES);
  const numbers = random(SEED);
  const pick = (count: number) => Math.floor(numbers.next().value * count);
  const rounds = names.flatMap((name) => Array<string>(EACH).fill(name));
  while (rounds.length < ROUNDS) rounds.push(names[pick(names.length)]!);
  for (let at = rounds.length - 1; at > 0; at--) {
    const other = pick(at + 1);
    [rounds[at], rounds[other]] = [rounds[other]!, rounds[at]!];
  }
  return rounds;
}

async function keysUnder(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

async function nothingIsLeft(t: Test): Promise<void> {
  t.same(await keysUnder('open/'), [], 'no work is open');
  t.same(await keysUnder('waiting/'), [], 'nobody waits');
  t.same(await keysUnder('cancels/'), [], 'no wish to cancel is left');
  t.equal(await docker('ps', '-aq', '--filter', `label=wheelmill.owner=${owner}`), '', 'no container');
  t.same(await filesUnder(join(dataFolder, 'scratch')), [], 'no file on its way');
  // A page of upstream that was read through may be written just now: what is left behind stays.
  const halfStored = () => filesUnder(join(dataFolder, 'bucket/.tmp'));
  t.same(await until(halfStored, (files) => files.length === 0), [], 'no half-stored file');
  const [wheels, records] = [new Set<string>(), new Set<string>()];
  for (const key of await keysUnder('wheels/')) {
    const [, project, ...rest] = key.split('/');
    if (rest.length === 1) records.add(`${project}/${rest[0]!.replace(/\.json$/, '')}`);
    else wheels.add(`${project}/${rest[1]!.replace(/\.metadata$/, '')}`);
  }
  t.same([...wheels].sort(), [...records].sort(), 'every wheel has its record');
}

async function cancel(path: string): Promise<{ status: number; body: PrebuildView & { code?: string } }> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, { method: 'DELETE' });
  return { status: answer.status, body: (await answer.json()) as PrebuildView };
}

t.test(`cancelled ${ROUNDS} times, in every phase (seed ${SEED})`, async (t) => {
  const again: { list: string; query: string; attempt: number }[] = [];
  for (const [round, phase] of drawn().entries()) {
    await t.test(`round ${round}: ${phase}`, async (t) => {
      const { posted, list, query, release } = await PHASES[phase]!(server.url, index, `mill${round}x`);
      const { status, body } = await cancel(`prebuilds/${posted.id}`);
      // What was stored to the end just before is no longer to be cancelled.
      if (status === 409) t.match([phase, body.code], ['checking or storing', 'already-ended']);
      else {
        t.match([status, body.state, body.attempt], [200, 'cancelled', 1]);
        for (const item of body.items) t.match(item, item.state === 'stored' ? { wheel: {} } : { reason: 'cancelled' });
        if (phase === 'half of it stored') t.equal(body.counts.stored, 1, 'what is stored stays');
      }
      await nothingIsLeft(t);
      release();
      again.push({ list, query, attempt: status === 409 ? 1 : 2 });
    });
  }
  await t.test('the same lists once more', async (t) => {
    await Promise.all(
      again.map(async ({ list, query, attempt }) => {
        const ended = await prebuild(server.url, list, query);
        t.match(ended, { state: 'ready', attempt }, list);
        for (const item of ended.items) t.equal(item.state, 'stored', item.project);
      }),
    );
  });
  await nothingIsLeft(t);
  await until(
    () => keysUnder('dirty/'),
    (marks) => marks.length === 0,
  );
  for (const build of await allBuilds(server.url)) t.match(build.state, /^(stored|failed)$/, 'every record is final');
  await everyListedFileIsWhole(t, server.url);
});
