import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import { verificationGoal, verificationSection } from '../../survey/page/verification-section.ts';
import { spread } from '../../survey/verification/spread.ts';
import { verificationRow } from '../../survey/verification/verification-row.ts';

const project = { name: 'one', version: '1.0', backend: 'flit', for: 'a test' };
type Verification = NonNullable<BuildView['verification']>;
const rowOf = (verification: Omit<Verification, 'requestedAt'>) =>
  verificationRow(
    project,
    {
      ...{ key: '0'.repeat(64), project: 'one', version: '1.0', target: 'python-3.13', state: 'stored' },
      ...{ url: '', log: '', verification: { requestedAt: '2026-01-01T00:00:00.000Z', ...verification } },
    },
    1.6,
  );

const differs = rowOf({
  state: 'done',
  reproducible: false,
  differences: [
    { member: 'a.so', kind: 'content' },
    { member: 'one-1.0.dist-info/RECORD', kind: 'content', follows: true },
    { kind: 'packing' },
    { member: 'b.so', kind: 'mode' },
    { member: 'c.so', kind: 'mode' },
  ],
  furtherDifferences: 7,
});

t.test('a rebuild in a row', async (t) => {
  t.same(rowOf({ state: 'done', reproducible: true }), {
    ...{ name: 'one', version: '1.0', state: 'same bytes', seconds: 2 },
  });
  t.match(differs, { state: 'differs', why: 'a.so (content), packing, b.so (mode), 8 more' });
  t.match(rowOf({ state: 'failed', reason: 'timed-out', message: 'Too long.' }), {
    ...{ state: 'failed', why: 'timed-out: Too long.' },
  });
});

t.test('the goal', async (t) => {
  const same = rowOf({ state: 'done', reproducible: true });
  t.match(verificationGoal([same, same, same, same, differs]), { value: '4 of 5 (80 %)', isMet: true });
  t.match(verificationGoal([same, same, same, differs]), { isMet: false });
  t.match(verificationGoal([]), { isMet: false });
  t.match(verificationSection({ about: [], rows: [differs] }), '| one | 1.0 | differs | a.so (content), packing');
});

t.test('some of many are spread over them', async (t) => {
  t.same(spread([0, 1, 2, 3, 4, 5], 3), [0, 2, 4]);
  t.same(spread([0, 1, 2, 3, 4], 3), [0, 1, 3]);
  t.same(spread([0, 1], 3), [0, 1]);
});
