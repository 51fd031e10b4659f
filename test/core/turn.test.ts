import fc from 'fast-check';
import t from 'tap';
import type { Turn } from '../../src/core/records/turn.ts';
import { nextRank, turnNumber } from '../../src/core/turn.ts';

const turn = (client: string, rank: number, priority: Turn['priority'] = 'interactive'): Turn => ({
  client,
  rank,
  priority,
});

const rows: [what: string, running: Turn[], waiting: Turn[], expected: number][] = [
  ['the first of all', [], [], 1],
  ['behind what has begun', [turn('b', 7), turn('c', 3)], [], 8],
  ['behind its own that wait', [turn('b', 2)], [turn('a', 5), turn('a', 4)], 6],
  ['not behind those of others', [], [turn('b', 1), turn('b', 2), turn('b', 3)], 1],
  ['where nothing runs for a moment, beside the first that waits', [], [turn('b', 40), turn('c', 41)], 40],
  ['batches have ranks of their own', [turn('b', 9, 'batch')], [turn('a', 9, 'batch')], 1],
];
for (const [what, running, waiting, expected] of rows)
  t.equal(nextRank({ running, waiting }, { client: 'a', priority: 'interactive' }), expected, what);

t.test('the number of a turn', async (t) => {
  const numbers = [turn('a', 1), turn('a', 2), turn('a', 9e9), turn('a', 1, 'batch'), turn('a', 9e9, 'batch')].map(
    turnNumber,
  );
  t.same(
    numbers,
    [...numbers].sort((one, other) => one - other),
    'people before batches',
  );
  t.ok(
    Number(numbers[0]) >= 1 && Number(numbers.at(-1)) < 2 ** 21 - 1,
    'within what queues take, before what comes last',
  );
});

/** A line with one place to run in: `add` of a client's works, and `begin` of the first that waits. */
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 1, max: 30 }) }),
    fc.constant('begin' as const),
  ),
  { maxLength: 60 },
);

t.test('before the n-th work that waits of a client at most n + 1 of each other client begin', async () => {
  fc.assert(
    fc.property(steps, (all) => {
      type Work = Turn & { order: number; ahead: Map<string, number>; allowed: number };
      let waiting: Work[] = [];
      let running: Work[] = [];
      let order = 0;
      for (const step of all) {
        if (step === 'begin') {
          waiting.sort((one, other) => one.rank - other.rank || one.order - other.order);
          const next = waiting.shift();
          running = next ? [next] : [];
          if (next) for (const one of waiting) one.ahead.set(next.client, (one.ahead.get(next.client) ?? 0) + 1);
          for (const one of waiting)
            for (const [client, count] of one.ahead) if (client !== one.client && count > one.allowed + 1) return false;
          continue;
        }
        const asker = { client: step.add, priority: 'interactive' as const };
        for (let made = 0; made < step.count; made++) {
          const rank = nextRank({ running, waiting }, asker);
          const allowed = waiting.filter((one) => one.client === step.add).length + 1;
          waiting = [...waiting, { ...asker, rank, order: order++, ahead: new Map(), allowed }];
        }
      }
      return true;
    }),
    { numRuns: 5_000 },
  );
});
