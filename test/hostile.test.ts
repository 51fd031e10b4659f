import t from 'tap';
import { openAttack } from '../hostile/attack.ts';
import { HOSTILE } from '../hostile/cases.ts';

t.setTimeout(280_000);

/** Some of each kind; `npm run hostile` tries them all. */
t.test('hostile sdists are contained, named, and leave the next build alone', async (t) => {
  const attack = await openAttack();
  t.teardown(() => attack.close());
  const cases = HOSTILE.filter(({ inCheck }) => inCheck);
  t.ok(cases.length > 6);
  for (const one of cases) {
    const { what, faults } = await attack.run(one);
    t.same(faults, [], what);
  }
});
