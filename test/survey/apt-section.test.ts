import t from 'tap';
import { type AptRow, isExact } from '../../survey/apt/apt-row.ts';
import { aptGoal, aptSection } from '../../survey/page/apt-section.ts';

const row = (more: Partial<AptRow> = {}): AptRow => ({
  ...{ projects: ['one', 'two'], line: ['liba1', 'libb1'], imports: 3, files: 4, broken: [] },
  without: [
    { package: 'liba1', impliedBy: [], breaks: 'a.so: liba.so.1' },
    { package: 'libb1', impliedBy: ['liba1'] },
  ],
  ...more,
});
const useless = row({ without: [{ package: 'liba1', impliedBy: [] }] });

t.test('a line is exact where all loads with it and something breaks without each', async (t) => {
  t.ok(isExact(row()));
  t.ok(isExact(row({ line: [], without: [] })), 'nothing needed, nothing named');
  t.notOk(isExact(row({ broken: ['import one: ImportError'] })));
  t.notOk(isExact(useless));
  t.notOk(isExact(row({ failure: 'one: build-error' })));
});

t.test('the goal and the table', async (t) => {
  t.match(aptGoal([row(), useless]), { value: '1 of 2 (50 %)', isMet: false });
  t.match(aptGoal([row()]), { isMet: true });
  const section = aptSection({ about: [], rows: [row(), useless, row({ failure: 'two: timed-out' })] });
  t.match(section, '| one two | 3, 4 | all load | liba1 | a.so: liba.so.1 |');
  t.match(section, '|  |  |  | libb1 | needed by liba1 |');
  t.match(section, '| liba1 | **nothing breaks** |');
  t.match(section, '| one two |  | not built: two: timed-out |  |  |');
});
