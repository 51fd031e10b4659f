import pLimit from 'p-limit';
import t from 'tap';
import { inSlots } from '../../src/workers/in-slots.ts';

const never = new AbortController().signal;

/** A task that runs until it is told to end, and says when it has begun. */
function task() {
  let begin = () => {};
  let end = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isRunning = false;
  return {
    begun,
    end,
    get isRunning() {
      return isRunning;
    },
    run: async () => {
      isRunning = true;
      begin();
      await ended;
      isRunning = false;
    },
  };
}

t.test('what needs the room of several waits for all of it, and keeps others out', async (t) => {
  const slots = pLimit(3);
  const [small, large, later] = [task(), task(), task()];
  const first = inSlots(slots, 1, never, small.run);
  await small.begun;
  const second = inSlots(slots, 3, never, large.run);
  const third = inSlots(slots, 1, never, later.run);
  await Promise.race([large.begun, later.begun]);
  t.equal(large.isRunning, false, 'one of its three is taken');
  small.end();
  later.end();
  await Promise.all([first, third, large.begun]);
  t.equal(slots.activeCount, 3);
  large.end();
  await second;
  t.equal(await inSlots(slots, 3, never, async () => 'free'), 'free', 'all are free again');
});

t.test('two large ones run one after the other, and one larger than all runs alone', async (t) => {
  const slots = pLimit(2);
  const running: number[] = [];
  let most = 0;
  const run = async (size: number) => {
    running.push(size);
    most = Math.max(most, running.length);
    await new Promise((resolve) => setImmediate(resolve));
    running.pop();
    return size;
  };
  const sizes = [2, 9, 2, 9];
  t.same(await Promise.all(sizes.map((size) => inSlots(slots, size, never, () => run(size)))), sizes);
  t.equal(most, 1);
});

t.test('who is cancelled while it waits leaves nothing taken, and a failure frees what it had', async (t) => {
  const slots = pLimit(2);
  const small = task();
  const first = inSlots(slots, 1, never, small.run);
  await small.begun;
  const stop = new AbortController();
  const waiting = inSlots(slots, 2, stop.signal, async () => t.fail('it was cancelled'));
  stop.abort(new Error('cancelled'));
  await t.rejects(waiting, /cancelled/);
  small.end();
  await first;
  await t.rejects(
    inSlots(slots, 2, never, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  t.equal(await inSlots(slots, 2, never, async () => 'free'), 'free');
});
