import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedQueue } from '../../../src/workers/queue/embedded.ts';
import { openQueue } from '../../../src/workers/queue/open-queue.ts';
import type { JobAborted } from '../../../src/workers/queue/queue.ts';
import { steps } from '../../contract/gates.ts';
import { SUITE_OPTIONS, testWorkQueue } from '../../contract/work-queue.ts';
import { startChild } from './child.ts';

const lane = 'builds.local';

/** Making a database takes seconds: done once, copied for each test. */
const made = t.testdir();
await (await openEmbeddedQueue({ folder: join(made, 'queue') })).close();
function madeFolder(t: Test): string {
  const folder = t.testdir();
  cpSync(made, folder, { recursive: true });
  return folder;
}

t.test('the contract', async (t) => {
  const queue = await openEmbeddedQueue({ folder: join(madeFolder(t), 'queue') }, SUITE_OPTIONS);
  await testWorkQueue(t, async () => queue);
});

t.test('one process owns the folder; after its kill -9 the next finds what waited and what ran', async (t) => {
  const dataFolder = madeFolder(t);
  for (let death = 1; death <= 2; death++) {
    const child = startChild(t, 'worker-process.ts', dataFolder, lane);
    await child.said.first(1);
    if (death === 1) for (const id of ['first', 'second', 'third']) child.send({ lane, id, data: { id } });
    t.same((await child.said.first(2))[1], { id: 'first', attempt: death });
    await t.rejects(openQueue({ dataFolder }), { code: 'data-folder-in-use', message: /WHEELMILL_DATA_DIR.*redis:/ });
    await child.kill();
  }
  const queue = await openQueue({ dataFolder });
  t.teardown(() => queue.close());
  const runs = steps<unknown>();
  await queue.serve(lane, 1, async (data, { id, attempt }) => runs.add([id, attempt, data]));
  t.same(
    (await runs.first(3)).sort(),
    ['first', 'second', 'third'].map((id) => [id, id === 'first' ? 3 : 1, { id }]),
  );
});

t.test('closing aborts what runs and leaves it for the next start', async (t) => {
  const dataFolder = madeFolder(t);
  const reasons = steps<string>();
  const queue = await openQueue({ dataFolder });
  const runs = steps<number>();
  await queue.serve(lane, 1, async (_, { attempt, signal }) => {
    runs.add(attempt);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    reasons.add((signal.reason as JobAborted).why);
    throw signal.reason;
  });
  await queue.add({ lane, id: 'x', data: {} });
  await runs.first(1);
  await queue.close();
  t.same(reasons.all(), ['closing']);
  await t.rejects(queue.add({ lane, id: 'y', data: {} }), { code: 'queue-unavailable' });
  await t.rejects(
    queue.serve(lane, 1, async () => {}),
    { code: 'queue-unavailable' },
  );

  const next = await openQueue({ dataFolder }, { closeWithin: 100 });
  t.same(await next.counts([lane]), [{ lane, waiting: 1, running: 0, delayed: 0 }]);
  await next.serve(lane, 1, async (_, { attempt }) => {
    runs.add(attempt);
    await new Promise(() => {});
  });
  t.same(await runs.first(2), [1, 2]);
  // This handler does not listen: closing does not wait for it for ever.
  await next.close();
  const last = await openQueue({ dataFolder });
  await last.serve(lane, 1, async (_, { attempt }) => runs.add(attempt));
  t.same(await runs.first(3), [1, 2, 3]);
  await last.close();
});

t.test('a folder that cannot be read is started anew', async (t) => {
  const folders: Record<string, (folder: string) => void> = {
    'only a version': (folder) => writeFileSync(join(folder, 'PG_VERSION'), '17\n'),
    'foreign files': (folder) => writeFileSync(join(folder, 'garbage'), 'x'),
  };
  for (const [name, spoil] of Object.entries(folders)) {
    const folder = join(t.testdir(), name);
    mkdirSync(folder);
    spoil(folder);
    const queue = await openEmbeddedQueue({ folder });
    await queue.add({ lane, id: name, data: {} });
    t.equal(await queue.has(lane, name), true, name);
    await queue.close();
    t.ok(readdirSync(folder).includes('base'), name);
  }
});
