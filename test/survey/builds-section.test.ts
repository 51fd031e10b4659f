import t from 'tap';
import type { BuildRow } from '../../survey/builds/build-row.ts';
import { buildGoals, buildsSection, surveyed } from '../../survey/page/builds-section.ts';
import type { ReferenceRow } from '../../survey/reference/reference-row.ts';

const project = (name: string) => ({ name, version: '1.0', backend: 'flit', for: 'a test' });
const reference = (name: string, state: ReferenceRow['state'] = 'built'): ReferenceRow => ({
  ...{ name, version: '1.0', state, seconds: 3 },
  ...(state === 'failed' && { why: 'error: `x` | y' }),
});
const ours = (name: string, more: Partial<BuildRow> = {}): BuildRow => ({
  ...{ name, version: '1.0', state: 'built', apt: [], proof: 'proven', seconds: 4, ...more },
});

const failed = { state: 'failed', reason: 'build-error', message: 'It is broken.' } as const;
const all = surveyed(
  ['a', 'b', 'c', 'd', 'e'].map(project),
  [reference('a'), reference('b'), reference('c'), reference('d'), reference('e', 'failed')],
  [
    ours('a'),
    ours('b', { state: 'healed', packages: ['libx-dev'], apt: ['libx1'], notImported: ['b.x'] }),
    ours('c', { proof: 'failed' }),
    { ...ours('d', failed), version: '0.9' },
    ours('e', failed),
  ],
);

t.test('what the reference cannot build counts for nothing, and other versions do not either', async (t) => {
  t.match(buildGoals(all), [
    { value: '2 of 4 (50 %)', goal: '>= 95 %', isMet: false },
    { value: '1 of 4 (25 %)', isMet: false },
    { value: '3 of 4 (75 %)', isMet: false },
  ]);
  t.match(buildGoals(all.slice(0, 2)), [{ value: '2 of 2 (100 %)', isMet: true }, { isMet: false }, { isMet: true }]);
});

t.test('the page has every project, and says what was missed', async (t) => {
  const page = buildsSection(all, { about: [['Commit', 'abc']], rows: [] });
  t.match(page, '2 of 4 (50 %) | >= 95 % | **missed** |');
  t.match(page, '| b | 1.0 | flit | built | healed | libx-dev | libx1 | proven, b.x not imported | 3 / 4 |');
  t.match(page, '| d | 1.0 | flit | built |  |');
  t.match(page, "| e 1.0 | fails: `error: 'x' \\| y` | `build-error` | It is broken. |");
  t.match(page, '| c 1.0 | builds it | `failed` |  |');
  t.match(page, /Of 4 projects 2 were built as they are, 1 were healed and 1 failed/);
  t.match(page, '**Not run yet, and counted as missed: d.**');
});
