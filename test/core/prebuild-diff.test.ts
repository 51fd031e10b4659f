import t from 'tap';
import { type DiffItem, diffItems } from '../../src/core/prebuild-diff.ts';

const item = (more: Partial<DiffItem> = {}): DiffItem => ({
  ...{ project: 'a', version: '1', kind: 'build', wheel: 'a-1.whl', sha256: '00' },
  ...more,
});
const planned = (more: Partial<DiffItem> = {}): DiffItem => {
  const { wheel: _, sha256: __, ...known } = item(more);
  return known;
};

const pairs: [what: string, from: DiffItem, to: DiffItem, changes: string[]][] = [
  ['the same', item(), item(), []],
  ['built then, there now', item(), item({ kind: 'hit' }), []],
  ['mirrored then, there now', item({ kind: 'mirror' }), item({ kind: 'hit' }), []],
  ['there then, built anew to other bytes', item({ kind: 'hit' }), item({ sha256: '11' }), ['hash']],
  [
    'a wheel upstream instead of our own',
    item(),
    item({ kind: 'mirror', wheel: 'b.whl', sha256: '11' }),
    ['kind', 'wheel', 'hash'],
  ],
  ['another version', item(), item({ version: '2', wheel: 'a-2.whl', sha256: '11' }), ['version', 'wheel', 'hash']],
  ['built then, to be built', item(), planned(), []],
  ['built then, to be built of another version', item(), planned({ version: '2' }), ['version']],
  ['stored then, failed now', item({ kind: 'hit' }), planned({ kind: 'failed' }), ['kind']],
  ['failed then, mended now', planned({ kind: 'failed' }), item({ kind: 'hit' }), ['kind']],
];

t.test('what changed of a project', async (t) => {
  for (const [what, from, to, changes] of pairs) {
    const { changed, unchanged, added, removed } = diffItems([from], [to]);
    t.same(
      changed.flatMap((one) => one.what),
      changes,
      what,
    );
    t.equal(unchanged, changes.length === 0 ? 1 : 0, what);
    t.same([...added, ...removed], [], what);
  }
});

t.test('what came and went, by project', async (t) => {
  const diff = diffItems(
    [item({ project: 'gone' }), item({ project: 'b' }), item({ project: 'also-gone' })],
    [item({ project: 'new' }), item({ project: 'b', version: '2' }), item({ project: 'again' })],
  );
  t.match(diff, {
    added: [{ project: 'again' }, { project: 'new' }],
    removed: [{ project: 'also-gone' }, { project: 'gone' }],
    changed: [{ project: 'b', from: { version: '1' }, to: { version: '2' } }],
    unchanged: 0,
  });
  t.notOk('project' in diff.changed[0]!.from);
});
