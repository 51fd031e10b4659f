import t from 'tap';
import { aboutBoth, hasRow, putRow } from '../../survey/part.ts';

t.test('a run that goes on says of what it did before, too', async (t) => {
  const first = aboutBoth([], [['Commit', 'a']]);
  t.same(first, [['Commit', 'a']]);
  const second = aboutBoth(first, [
    ['Commit', 'b'],
    ['Date', 'today'],
  ]);
  t.same(second, [
    ['Commit', 'a; b'],
    ['Date', 'today'],
  ]);
  t.same(aboutBoth(second, [['Commit', 'b']]), [['Commit', 'a; b']]);
});

t.test('a project has one row', async (t) => {
  const rows = [
    { name: 'a', version: '1' },
    { name: 'b', version: '1' },
  ];
  t.ok(hasRow(rows, { name: 'a', version: '1' }));
  t.notOk(hasRow(rows, { name: 'a', version: '2' }));
  putRow(rows, { name: 'a', version: '2' });
  putRow(rows, { name: 'c', version: '1' });
  t.same(
    rows.map(({ name, version }) => name + version),
    ['a2', 'b1', 'c1'],
  );
});
