import t from 'tap';
import { FULL, MAIN, planner } from '../plan/locked-project.ts';
import { lockEverywhere } from '../services/locking-tools.ts';

t.test('what pip-compile, uv, Poetry, PDM and Pipenv make of one project today is one plan', async (t) => {
  const files = await lockEverywhere();
  const plan = await planner(t, files);
  for (const [rows, count] of [
    [MAIN, 3],
    [FULL, 7],
  ] as const) {
    const [[first, selection] = ['']] = rows;
    const expected = await plan(first, selection);
    t.equal(
      expected.length,
      count,
      `${first}: ${expected.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    );
    t.notOk(expected.some(({ kind }) => kind === 'failed'));
    for (const [file, more] of rows.slice(1)) t.same(await plan(file, more), expected, file);
  }
});
