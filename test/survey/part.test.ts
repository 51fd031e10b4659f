import t from 'tap';
import { aboutBoth } from '../../survey/part.ts';

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
