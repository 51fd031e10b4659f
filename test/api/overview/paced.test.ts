import t from 'tap';
import { paced } from '../../../src/api/overview/paced.ts';
import { gate } from '../../contract/gates.ts';

/** A maker whose n-th value is n, each behind a gate of its own. */
function maker() {
  const gates = [gate(), gate(), gate()];
  let made = 0;
  return {
    gates,
    count: () => made,
    make: async () => {
      const mine = ++made;
      await gates[mine - 1]!.passed;
      return mine;
    },
  };
}

t.test('however many ask, it is made once, and nobody waits for the next', async (t) => {
  const { make, gates, count } = maker();
  const value = paced(make, { every: 0 });
  t.equal(await value.read(), undefined, 'without patience there is nothing yet');
  const asked = Array.from({ length: 50 }, () => value.read(60_000));
  gates[0]!.open();
  t.same(new Set(await Promise.all(asked)), new Set([1]));
  t.equal(count(), 1);
});

t.test('what is outdated is waited for, also where it is just being made', async (t) => {
  const { make, gates } = maker();
  const value = paced(make, { every: 3600_000 });
  const first = value.read(60_000);
  value.outdate();
  gates[0]!.open();
  gates[1]!.open();
  t.equal(await first, 2, 'what was begun before is not good enough');
  t.equal(await value.read(60_000), 2, 'and then it is not due for an hour');
  value.outdate();
  const third = value.read(60_000);
  gates[2]!.open();
  t.equal(await third, 3);
});

t.test('a failure is told, and the last value stays', async (t) => {
  let isBroken = true;
  const value = paced(
    async () => {
      if (isBroken) throw new Error('away');
      return 'here';
    },
    { every: 0 },
  );
  t.equal(await value.read(60_000), undefined);
  t.match(value.failure(), { message: 'away' });
  isBroken = false;
  value.outdate();
  t.equal(await value.read(60_000), 'here');
  t.equal(value.failure(), undefined);
  isBroken = true;
  value.outdate();
  t.equal(await value.read(60_000), 'here');
  t.match(value.failure(), { message: 'away' });
});

t.test('what is usable is given where a newer one takes its time', async (t) => {
  const { make, gates, count } = maker();
  const value = paced(make, { every: 0, goodFor: 0, usableFor: 3600_000 });
  gates[0]!.open();
  t.equal(await value.read(60_000), 1);
  let second = 1;
  while (count() === 1) second = (await value.read(60_000)) ?? 0;
  t.equal(second, 1, 'the second is not there yet, and nobody waits for it');
  gates[1]!.open();
  gates[2]!.open();
});
