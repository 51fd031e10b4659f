import type { Test } from 'tap';
import type { Priority } from '../../src/core/records/turn.ts';
import { turnNumber } from '../../src/core/turn.ts';
import {
  type Change,
  type JobAborted,
  type Lane,
  RetryLater,
  type WorkContext,
  type WorkQueue,
} from '../../src/workers/queue/queue.ts';
import type { QueueOptions } from '../../src/workers/queue/queue-options.ts';
import { inTurns } from '../../src/workers/queue/turns.ts';
import { gate, steps } from './gates.ts';

/** The options every handle of the suite is opened with. */
export const SUITE_OPTIONS: Partial<QueueOptions> = { attempts: 3, backoff: 10, maxBackoff: 20, logChunks: 50 };

/** Longer than the suite takes. */
const PATIENT = { beginWithin: 60_000, answerWithin: 60_000 };

let lanes = 0;
/** A lane of its own for each test; its name has the characters that lanes of real targets have. */
const newLane = (): Lane => `builds.python:latest-${lanes++}`;

/**
 * What every WorkQueue must do.
 * @param open gives a handle; several share one queue (the embedded queue has one handle and gives it again)
 */
export async function testWorkQueue(t: Test, open: () => Promise<WorkQueue>): Promise<void> {
  const a = await open();
  const b = await open();
  t.teardown(async () => {
    await a.close();
    await b.close();
  });

  /** Serves a lane for one test. */
  const serve = async (t: Test, lane: Lane, concurrency: number, handler: Parameters<WorkQueue['serve']>[2]) => {
    const stop = await a.serve(lane, concurrency, handler);
    t.teardown(stop);
    return stop;
  };

  t.test('a job runs once with its data, and is gone at its end', async (t) => {
    const lane = newLane();
    const runs = steps<[unknown, WorkContext]>();
    const stop = await serve(t, lane, 1, async (data, context) => runs.add([data, context]));
    const data = { name: 'greenlet', list: [1, null, { 'ü "\\\n': '\u0001 \u2028' }] };
    await b.add({ lane, id: 'greenlet-3.1:x', data });
    const [got, context] = (await runs.first(1))[0]!;
    t.same(got, data);
    t.match(context, { id: 'greenlet-3.1:x', attempt: 1, willRetry: true });
    await stop();
    t.equal(await b.has(lane, 'greenlet-3.1:x'), false);
    t.same(await b.counts([lane]), [{ lane, waiting: 0, running: 0, delayed: 0 }]);
    t.same(await b.log(lane, 'greenlet-3.1:x', 7), { chunks: [], next: 7 });
    t.equal(runs.count(), 1);
  });

  for (const mode of ['once', 'latest'] as const) {
    t.test(`equal work that waits is one job (${mode})`, async (t) => {
      const lane = newLane();
      const runs = steps<string>();
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => (n % 2 ? a : b).add({ lane, id: '2048', data: { n }, mode })),
      );
      t.equal(await a.has(lane, '2048'), true);
      t.same(await a.counts([lane]), [{ lane, waiting: 1, running: 0, delayed: 0 }]);
      await a.add({ lane, id: 'other', data: {}, mode });
      await serve(t, lane, 1, async (_, { id }) => runs.add(id));
      t.same(await runs.first(2), ['2048', 'other']);
    });

    t.test(`work can be added again as soon as it has ended, also after a failure (${mode})`, async (t) => {
      const lane = newLane();
      const runs = steps<string>();
      await serve(t, lane, 1, async (_, { id }) => {
        runs.add(id);
        if (id === 'bad') throw new Error('no use to try again');
      });
      for (let round = 0; round < 5; round++) {
        // With one job at a time, a job that starts tells that the one before it is gone.
        await b.add({ lane, id: 'good', data: {}, mode });
        await b.add({ lane, id: 'bad', data: {}, mode });
        await b.add({ lane, id: 'end', data: {}, mode });
        await runs.first(3 * (round + 1));
      }
      t.same(runs.all(), Array(5).fill(['good', 'bad', 'end']).flat());
    });
  }

  t.test('`once` added while it runs changes nothing', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const go = gate();
    await serve(t, lane, 1, async (_, { id }) => {
      runs.add(id);
      await go.passed;
    });
    await a.add({ lane, id: 'x', data: {} });
    await runs.first(1);
    await Promise.all(Array.from({ length: 50 }, () => b.add({ lane, id: 'x', data: {} })));
    await a.add({ lane, id: 'end', data: {} });
    go.open();
    t.same(await runs.first(2), ['x', 'end']);
  });

  for (const ending of ['ends well', 'fails']) {
    t.test(`\`latest\` added while it runs and ${ending} runs once more, with what was added last`, async (t) => {
      const lane = newLane();
      const runs = steps<unknown>();
      const go = gate();
      await serve(t, lane, 3, async (data, { id }) => {
        runs.add(id === 'page' ? data.n : id);
        if (data.n !== -1) return;
        await go.passed;
        if (ending === 'fails') throw new Error('as told');
      });
      const page = (n: number) => ({ lane, id: 'page', data: { n }, mode: 'latest' as const });
      await a.add(page(-1));
      await runs.first(1);
      for (let n = 0; n < 50; n++) await (n % 2 ? a : b).add(page(n));
      t.same(await a.counts([lane]), [{ lane, waiting: 0, running: 1, delayed: 0 }], 'not beside the running one');
      go.open();
      t.same(await runs.first(2), [-1, 49]);
      await a.add({ lane, id: 'end', data: {} });
      t.same(await runs.first(3), [-1, 49, 'end']);
      t.equal(await a.has(lane, 'page'), false);
    });
  }

  t.test('lower priority numbers run first, equal ones in order', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const wishes = [
      ['a', 9],
      ['b', 1],
      ['c', undefined],
      ['d', 1],
      ['e', 4_000_000],
      ['f', -5],
    ] as const;
    for (const [id, priority] of wishes) {
      await a.add({ lane, id, data: {}, ...(priority === undefined ? {} : { priority }) });
    }
    t.same(await a.counts([lane]), [{ lane, waiting: 6, running: 0, delayed: 0 }]);
    await serve(t, lane, 1, async (_, { id }) => runs.add(id));
    t.equal((await runs.first(6)).join(''), 'cfbdae');
  });

  for (const mode of ['once', 'latest'] as const) {
    t.test(`what waits can be moved forward, not back (${mode})`, async (t) => {
      const lane = newLane();
      const runs = steps<unknown>();
      const work = (id: string, priority: number, data = {}) => ({ lane, id, data, priority, mode });
      for (const [id, priority] of [
        ['a', 5],
        ['b', 6],
        ['c', 7],
      ] as const)
        await a.add(work(id, priority));
      await b.raise(work('c', 4, { raised: true }));
      await b.raise(work('a', 9, { raised: true }));
      await b.raise(work('nobody', 1));
      const waiting = (await b.works(lane)).sort((one, other) => (one.id < other.id ? -1 : 1));
      t.same(waiting, [
        { id: 'a', data: {}, isRunning: false },
        { id: 'b', data: {}, isRunning: false },
        { id: 'c', data: { raised: true }, isRunning: false },
      ]);
      const go = gate();
      await serve(t, lane, 1, async (_, { id }) => {
        runs.add(id);
        await go.passed;
      });
      await runs.first(1);
      await b.raise(work('c', 1));
      t.same(
        (await b.works(lane)).filter((one) => one.isRunning).map((one) => one.id),
        ['c'],
      );
      t.same(await b.running(lane, 10), [{ id: 'c', data: { raised: true } }], 'without what waits');
      go.open();
      t.same(await runs.first(3), ['c', 'a', 'b']);
    });
  }

  t.test('a client with 3 works is served beside one with 300, and people before batches', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const post = (client: string, count: number, priority: Priority = 'interactive') =>
      inTurns(a, lane, { client, priority }, async (turns) => {
        for (let n = 1; n <= count; n++) {
          const turn = turns.take();
          await a.add({ lane, id: `${client}${n}`, data: { turn }, priority: turnNumber(turn) });
        }
      });
    await post('batch', 2, 'batch');
    await post('many', 300);
    await post('few', 3);
    const go = gate();
    await serve(t, lane, 1, async (_, { id }) => {
      runs.add(id);
      if (id === 'many4') await go.passed;
    });
    await runs.first(7);
    t.same(runs.all(), ['many1', 'few1', 'many2', 'few2', 'many3', 'few3', 'many4']);
    await Promise.all([post('late', 2), post('few', 1)]);
    go.open();
    const order = await runs.first(308);
    t.same(
      order.slice(7, 12).sort(),
      ['few1', 'late1', 'late2', 'many5', 'many6'],
      'what comes later has its turn too',
    );
    t.same(order.slice(-2), ['batch1', 'batch2']);
  });

  t.test('so many at a time as asked for', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const go = gate();
    for (const id of 'abcde') await a.add({ lane, id, data: {} });
    await serve(t, lane, 3, async (_, { id }) => {
      runs.add(id);
      await go.passed;
    });
    await runs.first(3);
    t.same(await b.counts([lane]), [{ lane, waiting: 2, running: 3, delayed: 0 }]);
    go.open();
    t.same((await runs.first(5)).sort(), [...'abcde']);
  });

  t.test('RetryLater is tried again with a growing attempt, then ends; other errors end at once', async (t) => {
    const lane = newLane();
    const runs = steps<[string, number, boolean]>();
    await serve(t, lane, 1, async (_, { id, attempt, willRetry }) => {
      runs.add([id, attempt, willRetry]);
      if (id === 'later') throw new RetryLater('upstream is away');
      if (id === 'bad') throw new Error('no');
      if (id === 'string') throw 'no';
    });
    await a.add({ lane, id: 'later', data: {} });
    const tries = [1, 2, 3].map((attempt) => ['later', attempt, attempt < 3]);
    t.same(await runs.first(3), tries);
    for (const id of ['bad', 'string', 'end']) await a.add({ lane, id, data: {} });
    t.same(await runs.first(6), [...tries, ['bad', 1, true], ['string', 1, true], ['end', 1, true]]);
    t.equal(await a.has(lane, 'later'), false);
  });

  t.test('cancel drops what waits, aborts what runs, and says when there is nothing', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const reasons = steps<unknown>();
    await b.add({ lane, id: 'waits', data: {} });
    await b.add({ lane, id: 'waits-page', data: {}, mode: 'latest' });
    t.equal(await b.cancel(lane, 'waits'), 'dropped');
    t.equal(await b.cancel(lane, 'waits-page'), 'dropped');
    t.equal(await b.has(lane, 'waits-page'), false);
    t.equal(await b.cancel(lane, 'waits'), 'none');
    await serve(t, lane, 2, async (_, { id, signal }) => {
      runs.add(id);
      if (id === 'end') return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      reasons.add([id, (signal.reason as JobAborted).why]);
      throw new RetryLater('a cancelled job is not tried again');
    });
    for (const [before, mode] of (['once', 'latest'] as const).entries()) {
      await b.add({ lane, id: mode, data: {}, mode });
      await runs.first(before + 1);
      t.equal(await b.cancel(lane, mode), 'running');
      await reasons.first(before + 1);
    }
    await b.add({ lane, id: 'end', data: {} });
    t.same(await runs.first(3), ['once', 'latest', 'end']);
    t.same(reasons.all(), [
      ['once', 'cancelled'],
      ['latest', 'cancelled'],
    ]);
    t.equal(await b.cancel('pages', 'nobody'), 'none');
  });

  t.test('the live log can be read from any chunk while the job runs; old chunks give way', async (t) => {
    const lane = newLane();
    const contexts = steps<WorkContext>();
    const go = gate();
    const stop = await serve(t, lane, 2, async (_, context) => {
      contexts.add(context);
      await go.passed;
    });
    for (const [index, mode] of (['once', 'latest'] as const).entries()) {
      await b.add({ lane, id: mode, data: {}, mode });
      const context = (await contexts.first(index + 1))[index]!;
      t.same(await b.log(lane, mode), { chunks: [], next: 0 });
      await Promise.all(['one\n', 'two, no end', '', ' ü\u2028\n\n'].map((text) => context.log(text)));
      t.same(await b.log(lane, mode), { chunks: ['one\n', 'two, no end', '', ' ü\u2028\n\n'], next: 4 });
      t.same(await b.log(lane, mode, 2), { chunks: ['', ' ü\u2028\n\n'], next: 4 });
      t.same(await b.log(lane, mode, 4), { chunks: [], next: 4 });
      for (let n = 4; n < 120; n++) await context.log(`line ${n}`);
      const { chunks, next } = await b.log(lane, mode, 4);
      t.same([chunks.length, chunks[0], chunks.at(-1), next], [50, 'line 70', 'line 119', 120]);
      t.same(await b.log(lane, mode, 118), { chunks: ['line 118', 'line 119'], next: 120 });
    }
    go.open();
    await stop();
    t.same(await b.log(lane, 'once', 3), { chunks: [], next: 3 });
    await t.resolves((await contexts.first(1))[0]!.log('too late'), 'a log without a job is no fault');
  });

  t.test('the live log goes on where an earlier attempt left it', async (t) => {
    const lane = newLane();
    const attempts = steps<number>();
    const go = gate();
    await serve(t, lane, 1, async (_, { attempt, log }) => {
      await log(`attempt ${attempt}`);
      if (attempt === 1) throw new RetryLater('once more');
      attempts.add(attempt);
      await go.passed;
    });
    await b.add({ lane, id: 'x', data: {} });
    await attempts.first(1);
    t.same(await b.log(lane, 'x', 0), { chunks: ['attempt 1', 'attempt 2'], next: 2 });
    go.open();
  });

  t.test('a change reaches every listener of every handle, until it stops to watch', async (t) => {
    const lane = newLane();
    const change: Change = { kind: 'builds', id: 'k1', state: 'failed', reason: 'build-error' };
    const heardA = steps<Change>();
    const heardB = steps<Change>();
    t.teardown(a.watch((one) => heardA.add(one)));
    const unwatch = b.watch((one) => heardB.add(one));
    await a.notify(change);
    t.same(await heardA.first(1), [change]);
    t.same(await heardB.first(1), [change]);
    unwatch();
    await serve(t, lane, 1, (_, context) => context.notify({ kind: 'projects', id: 'six' }));
    await b.add({ lane, id: 'x', data: {} });
    t.same(await heardA.first(2), [change, { kind: 'projects', id: 'six' }]);
    t.same(heardB.all(), [change]);
  });

  t.test('it says since when no change is missed', async (t) => {
    for (const queue of [a, b]) {
      const since = queue.watchesSince();
      t.ok(since >= 0 && since <= performance.now(), 'since it was opened');
      await queue.notify({ kind: 'projects', id: 'six' });
      t.equal(queue.watchesSince(), since);
    }
  });

  t.test('who asks gets the answer, each its own, and the job is gone', async (t) => {
    const lane = newLane();
    const large = 'ü'.repeat(1_000_000);
    const stop = await serve(t, lane, 3, async (data, { answer }) => {
      await answer({ to: data.n, large });
      await answer('too late');
    });
    const answers = await Promise.all([a, b, a, b].map((from, n) => from.ask(lane, { n }, PATIENT)));
    t.same(
      answers,
      [0, 1, 2, 3].map((to) => ({ answer: { to, large } })),
    );
    await stop();
    t.same(await b.counts([lane]), [{ lane, waiting: 0, running: 0, delayed: 0 }]);
  });

  t.test('an answer that does not come', async (t) => {
    const lane = newLane();
    t.same(await b.ask(lane, {}, { beginWithin: 50, answerWithin: 60_000 }), { unanswered: 'not-begun' });
    t.same(await b.counts([lane]), [{ lane, waiting: 0, running: 0, delayed: 0 }], 'nobody does it any more');
    const begun = steps<unknown>();
    const reasons = steps<unknown>();
    await serve(t, lane, 2, async (data, { signal }) => {
      if (data.ends === 'badly') throw new Error('as told');
      if (data.ends === 'well') return;
      begun.add(data.ends);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      reasons.add([data.ends, (signal.reason as JobAborted).why]);
    });
    t.same(await b.ask(lane, { ends: 'badly' }, PATIENT), { unanswered: 'ended' });
    t.same(await b.ask(lane, { ends: 'well' }, PATIENT), { unanswered: 'ended' });
    const gone = new AbortController();
    const asked = b.ask(lane, { ends: 'with its asker' }, { ...PATIENT, signal: gone.signal });
    await begun.first(1);
    gone.abort(new Error('the client went away'));
    await t.rejects(asked, { message: 'the client went away' });
    t.same(await reasons.first(1), [['with its asker', 'cancelled']], 'the handler is told to stop');
    await t.rejects(b.ask(lane, { ends: 'well' }, { ...PATIENT, signal: gone.signal }), { message: /went away/ });
    t.same(await b.ask(lane, { ends: 'never' }, { beginWithin: 60_000, answerWithin: 300 }), { unanswered: 'late' });
  });

  t.test('an answer of a later try is an answer', async (t) => {
    const lane = newLane();
    await serve(t, lane, 1, async (_, { attempt, answer }) => {
      if (attempt < 3) throw new RetryLater('upstream is away');
      await answer(attempt);
    });
    t.same(await b.ask(lane, {}, PATIENT), { answer: 3 });
  });

  t.test('stopping waits for what runs and takes nothing further', async (t) => {
    const lane = newLane();
    const runs = steps<string>();
    const go = gate();
    const stop = await a.serve(lane, 1, async (_, { id, signal }) => {
      runs.add(id);
      await go.passed;
      t.equal(signal.aborted, false);
    });
    await a.add({ lane, id: 'runs', data: {} });
    await a.add({ lane, id: 'waits', data: {} });
    await runs.first(1);
    const stopped = stop();
    go.open();
    await stopped;
    t.same(runs.all(), ['runs']);
    t.same(await a.counts([lane]), [{ lane, waiting: 1, running: 0, delayed: 0 }]);
  });

  t.test('many jobs over several lanes all run, each once', async (t) => {
    const many = [newLane(), newLane(), newLane()];
    const runs = steps<string>();
    for (const lane of many) await serve(t, lane, 4, async (_, { id }) => runs.add(`${lane} ${id}`));
    await Promise.all(
      many.flatMap((lane) => Array.from({ length: 40 }, (_, n) => b.add({ lane, id: `job-${n}`, data: {} }))),
    );
    t.equal(new Set(await runs.first(120)).size, 120);
  });

  t.test('it answers', async (t) => {
    await t.resolves(a.ping());
  });
}
