import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import type { JobAborted, WorkQueue } from '../../../src/workers/queue/queue.ts';
import { openRedisQueue } from '../../../src/workers/queue/redis.ts';
import { gate, steps } from '../../contract/gates.ts';
import { SUITE_OPTIONS, testWorkQueue } from '../../contract/work-queue.ts';
import { freePorts } from '../../services/process.ts';
import { startRedis } from '../../services/redis.ts';
import { startChild } from './child.ts';

const lane = 'builds.python:latest';
/** A dead worker is found after a second, not after twenty. */
const QUICK = { ...SUITE_OPTIONS, lockDuration: 1000, stalledInterval: 200, answerWithin: 500, closeWithin: 500 };

/** Calls until it succeeds: for a connection that comes back when it likes. */
async function succeeds(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      return void (await call());
    } catch {}
  }
}

t.test('the contract', async (t) => {
  const { url } = await startRedis(t);
  await testWorkQueue(t, () => openRedisQueue({ url }, SUITE_OPTIONS));
});

t.test('a job outlives four workers killed with -9, and counts them', async (t) => {
  const { url } = await startRedis(t);
  const workers = Array.from({ length: 4 }, () => startChild(t, 'worker-process.ts', url, lane, JSON.stringify(QUICK)));
  await Promise.all(workers.map((worker) => worker.said.first(1)));
  const queue = await openRedisQueue({ url }, QUICK);
  t.teardown(() => queue.close());
  await queue.add({ lane, id: 'heavy', data: {} });
  const alive = new Set(workers);
  for (let death = 1; death <= 4; death++) {
    const busy = await Promise.any([...alive].map((worker) => worker.said.first(2).then(() => worker)));
    t.same(busy.said.all()[1], { id: 'heavy', attempt: death });
    alive.delete(busy);
    await busy.kill();
  }
  const runs = steps<number>();
  const stop = await queue.serve(lane, 1, async (_, { attempt }) => runs.add(attempt));
  t.same(await runs.first(1), [5]);
  await stop();
  t.equal(await queue.has(lane, 'heavy'), false);
});

t.test('a queue wiped in the middle of a job: the job ends, and new work is taken', async (t) => {
  const { url } = await startRedis(t);
  const queue = await openRedisQueue({ url }, QUICK);
  const admin = new Redis(url);
  t.teardown(async () => {
    admin.disconnect();
    await queue.close();
  });
  const runs = steps<string>();
  const ends = steps<string>();
  const go = gate();
  await queue.serve(lane, 1, async (_, { id, log }) => {
    runs.add(id);
    if (id === 'before') await go.passed;
    await log('still here');
    ends.add(id);
  });
  await queue.add({ lane, id: 'before', data: {} });
  await queue.add({ lane, id: 'lost', data: {} });
  await runs.first(1);
  await admin.flushall();
  t.equal(await queue.has(lane, 'before'), false);
  for (const mode of ['once', 'latest'] as const) await queue.add({ lane, id: mode, data: {}, mode });
  go.open();
  t.same(await ends.first(3), ['before', 'once', 'latest']);
  // Wiped again while the worker is idle and blocked.
  await admin.flushall();
  await queue.add({ lane, id: 'after', data: {} });
  t.same(await ends.first(4), ['before', 'once', 'latest', 'after']);
});

t.test('a job put back while it still runs here: the run goes on, the second comes after it', async (t) => {
  const { url } = await startRedis(t);
  const queue = await openRedisQueue({ url }, QUICK);
  const admin = new Redis(url);
  t.teardown(async () => {
    admin.disconnect();
    await queue.close();
  });
  const seen = steps<string>();
  const go = gate();
  let runs = 0;
  await queue.serve(lane, 2, async (_, { id }) => {
    const run = id === 'heavy' ? ++runs : 0;
    seen.add(`${id} ${run} starts`);
    if (run === 1) await go.passed;
    seen.add(`${id} ${run} ends`);
  });
  await queue.add({ lane, id: 'heavy', data: {} });
  await seen.first(1);
  await admin.flushall();
  await queue.add({ lane, id: 'heavy', data: {} });
  while ((await queue.counts([lane]))[0]?.running === 0);
  go.open();
  t.same(await seen.first(4), ['heavy 1 starts', 'heavy 1 ends', 'heavy 2 starts', 'heavy 2 ends']);
  await queue.add({ lane, id: 'other', data: {} });
  t.same((await seen.first(5))[4], 'other 0 starts', 'the lane goes on');
});

t.test('Redis away: calls fail with a code, workers wait, all goes on when it is back', async (t) => {
  const port = (await freePorts(1))[0]!;
  const dir = t.testdir();
  const url = `redis://:secret@127.0.0.1:${port}`;
  // Not there yet: opening succeeds all the same.
  const queue = await openRedisQueue({ url: url.replace(':secret@', '') }, QUICK);
  t.teardown(() => queue.close());
  const runs = steps<string>();
  const changes = steps<string>();
  const go = gate();
  queue.watch((change) => changes.add(change.id));
  await queue.serve(lane, 1, async (_, { id }) => {
    runs.add(id);
    if (id === 'long') await go.passed;
  });
  // An addition whose answer came too late was made all the same, so that a job may run once more than it was wanted.
  const reached = async (id: string) => {
    for (let count = 1; !(await runs.first(count)).includes(id); count++);
    return true;
  };
  const refused = {
    name: 'WheelmillError',
    code: 'queue-unavailable',
    message: new RegExp(`redis://127.0.0.1:${port}`),
  };
  const calls: Record<string, (queue: WorkQueue) => Promise<unknown>> = {
    add: (queue) => queue.add({ lane, id: 'x', data: {} }),
    has: (queue) => queue.has(lane, 'x'),
    cancel: (queue) => queue.cancel(lane, 'x'),
    log: (queue) => queue.log(lane, 'x'),
    counts: (queue) => queue.counts([lane]),
    notify: (queue) => queue.notify({ kind: 'builds', id: 'x' }),
    ping: (queue) => queue.ping(),
  };
  for (const [name, call] of Object.entries(calls)) await t.rejects(call(queue), refused, `${name}, never seen`);
  t.equal(queue.watchesSince(), Number.POSITIVE_INFINITY, 'what is told is not heard');

  const first = await startRedis(t, { port, dir });
  await succeeds(() => queue.add({ lane, id: 'short', data: {} }));
  await runs.first(1);
  await queue.add({ lane, id: 'long', data: {} });
  await runs.first(2);

  while (queue.watchesSince() === Number.POSITIVE_INFINITY) await nextTurn();
  const lost = performance.now();
  t.ok(queue.watchesSince() <= lost);
  await first.stop();
  for (const [name, call] of Object.entries(calls)) await t.rejects(call(queue), refused, `${name}, lost`);
  while (queue.watchesSince() !== Number.POSITIVE_INFINITY) await nextTurn();
  go.open();

  const second = await startRedis(t, { port, dir });
  await succeeds(() => queue.add({ lane, id: 'later', data: {} }));
  t.ok(await reached('later'), 'what is added afterwards runs');
  // News that is told before the watcher is back is lost, and never comes.
  while (queue.watchesSince() === Number.POSITIVE_INFINITY) await nextTurn();
  await succeeds(() => queue.notify({ kind: 'builds', id: 'back' }));
  await changes.first(1);
  t.equal(changes.all()[0], 'back');
  t.ok(queue.watchesSince() > lost, 'what was told meanwhile was missed, and that is known');

  process.kill(second.pid, 'SIGSTOP');
  for (const [name, call] of Object.entries(calls)) {
    await t.rejects(call(queue), { ...refused, message: /no answer within 0.5 s/ }, `${name}, hanging`);
  }
  process.kill(second.pid, 'SIGCONT');
  await succeeds(() => queue.add({ lane, id: 'at last', data: {} }));
  t.ok(await reached('at last'));
  await second.stop();

  const never = await openRedisQueue({ url }, QUICK);
  await never.serve(lane, 1, async () => {});
  await t.rejects(never.ping(), { message: /^(?!.*secret)/ });
  await never.close();
});

t.test('closing puts a running job back for another worker, at once', async (t) => {
  const { url } = await startRedis(t);
  const [one, two] = [await openRedisQueue({ url }), await openRedisQueue({ url })];
  t.teardown(() => two.close());
  const runs = steps<unknown>();
  await one.serve(lane, 1, async (_, { attempt, signal }) => {
    runs.add(attempt);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    runs.add((signal.reason as JobAborted).why);
    throw new Error('stopped');
  });
  await one.add({ lane, id: 'x', data: {} });
  await runs.first(1);
  await one.close();
  t.same(await two.counts([lane]), [{ lane, waiting: 1, running: 0, delayed: 0 }]);
  await two.serve(lane, 1, async (_, { attempt }) => runs.add(attempt));
  t.same(await runs.first(3), [1, 'closing', 2]);
});

t.test('a cancel reaches the worker of another process handle', async (t) => {
  const { url } = await startRedis(t);
  const [one, two] = [await openRedisQueue({ url }), await openRedisQueue({ url })];
  t.teardown(() => Promise.all([one.close(), two.close()]));
  const runs = steps<string>();
  await one.serve(lane, 1, async (_, { signal }) => {
    runs.add('runs');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    runs.add((signal.reason as JobAborted).why);
  });
  await two.add({ lane, id: 'x', data: {} });
  await runs.first(1);
  t.equal(await two.cancel(lane, 'x'), 'running');
  t.same(await runs.first(2), ['runs', 'cancelled']);
});

t.test('two prefixes on one server do not meet', async (t) => {
  const { url } = await startRedis(t);
  const [one, two] = [await openRedisQueue({ url, prefix: 'one' }), await openRedisQueue({ url, prefix: 'two' })];
  t.teardown(() => Promise.all([one.close(), two.close()]));
  await one.add({ lane, id: 'x', data: {} });
  t.same([await one.has(lane, 'x'), await two.has(lane, 'x')], [true, false]);
});
