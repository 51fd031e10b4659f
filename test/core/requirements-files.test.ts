import t from 'tap';
import type { ListFile } from '../../src/core/read-lists.ts';
import type { ListOptions } from '../../src/core/records/list-options.ts';
import { formatRequirement } from '../../src/core/requirement.ts';
import { parseRequirementsFiles } from '../../src/core/requirements-files.ts';

/** Files as sent: a name that begins with `constraints:` has that role. */
const sent = (files: Record<string, string>): ListFile[] =>
  Object.entries(files).map(([name, text]) => ({
    name: name.replace(/^constraints:/, ''),
    bytes: Buffer.from(text),
    role: name.startsWith('constraints:') ? 'constraints' : 'requirements',
  }));

const read = (files: Record<string, string>) => {
  const { requirements, constraints, options, faults } = parseRequirementsFiles(sent(files));
  return {
    requirements: requirements.map((one) => `${one.file ?? '-'}:${one.line} ${formatRequirement(one)}`),
    constraints: constraints.map((one) => `${one.file ?? '-'}:${one.line} ${formatRequirement(one)}`),
    options,
    faults: faults.map((one) => `${one.file ?? '-'}:${one.line} ${one.code}`),
  };
};

t.test('files that name each other', async (t) => {
  const rows: [why: string, files: Record<string, string>, requirements: string[], constraints: string[]][] = [
    ['-r', { 'r.txt': '-r b.txt\na', 'b.txt': 'b' }, ['b.txt:1 b', 'r.txt:2 a'], []],
    ['sent in any order', { 'b.txt': 'b', 'r.txt': 'a\n-r b.txt' }, ['r.txt:1 a', 'b.txt:1 b'], []],
    ['-c', { 'r.txt': '-c b.txt\na', 'b.txt': 'b<2' }, ['r.txt:2 a'], ['b.txt:1 b<2']],
    [
      'in folders',
      { 'x/r.txt': '-r y/b.txt\na', 'x/y/b.txt': '-r ../c.txt', 'x/c.txt': 'c' },
      ['x/c.txt:1 c', 'x/r.txt:2 a'],
      [],
    ],
    ['odd paths', { './r.txt': '-r .//x/../b.txt', 'b.txt': 'b' }, ['b.txt:1 b'], []],
    ['two lists', { 'r.txt': 'a', 'b.txt': 'b' }, ['r.txt:1 a', 'b.txt:1 b'], []],
    ['a constraints file', { 'r.txt': 'a', 'constraints:c.txt': 'a<2' }, ['r.txt:1 a'], ['c.txt:1 a<2']],
    ['both', { 'r.txt': '-r b.txt\n-c b.txt', 'b.txt': 'b' }, ['b.txt:1 b'], ['b.txt:1 b']],
    [
      '-r of a constraint',
      { 'r.txt': '-c b.txt\na', 'b.txt': '-r d.txt\nb', 'd.txt': 'd' },
      ['d.txt:1 d', 'r.txt:2 a'],
      ['b.txt:2 b'],
    ],
    ['-c of a constraint', { 'r.txt': '-c b.txt\na', 'b.txt': '-c d.txt', 'd.txt': 'd' }, ['r.txt:2 a'], ['d.txt:1 d']],
    ['named twice', { 'r.txt': '-r b.txt\na\n-r b.txt', 'b.txt': 'b' }, ['b.txt:1 b', 'r.txt:2 a'], []],
    ['settings of a constraint', { 'r.txt': 'a\n-c c.txt', 'c.txt': 'a<2 -C x=y' }, ['r.txt:1 a'], ['c.txt:1 a<2']],
  ];
  for (const [why, files, requirements, constraints] of rows)
    t.match(read(files), { requirements, constraints, faults: [] }, why);
});

t.test('files that cannot be put together', async (t) => {
  const rows: [why: string, files: Record<string, string>, faults: string[]][] = [
    ['a ring', { 'r.txt': '-r b.txt\na', 'b.txt': '-c r.txt' }, ['b.txt:1 list-cycle']],
    [
      'a ring behind a root',
      { 'r.txt': '-r b.txt\na', 'b.txt': '-r c.txt', 'c.txt': 'c\n-r b.txt' },
      ['c.txt:2 list-cycle'],
    ],
    ['a file in itself', { 'r.txt': 'a\n-r r.txt', 'b.txt': 'b' }, ['r.txt:2 list-cycle']],
    ['missing', { 'r.txt': '-r b.txt\n-c c.txt\na' }, ['-:1 missing-file', '-:2 missing-file']],
    ['missing in a folder', { 'x/r.txt': '-r b.txt', 'b.txt': 'b' }, ['x/r.txt:1 missing-file']],
    [
      'outside',
      { 'x/r.txt': '-r ../../b.txt\na', 'b.txt': '-r /b.txt' },
      ['x/r.txt:1 outside-file', 'b.txt:1 outside-file'],
    ],
    ['a lock file', { 'r.txt': '-r pylock.toml\n-c x/uv.lock' }, ['-:1 lock-included', '-:2 lock-included']],
    ['one name twice', { 'r.txt': 'a', './r.txt': 'b' }, ['./r.txt:1 ambiguous-file']],
    ['constraints with extras', { 'r.txt': 'a', 'constraints:c.txt': 'a[x]<2' }, ['c.txt:1 constraint-with-extras']],
    ['constraints only', { 'constraints:c.txt': 'a<2' }, ['-:1 empty-list']],
    ['pins of two files', { 'r.txt': '-r b.txt\na==1', 'b.txt': 'a==2' }, ['r.txt:2 duplicate-requirement']],
    [
      'hashes both ways',
      { 'r.txt': 'a', 'b.txt': '--require-hashes --no-require-hashes' },
      ['r.txt:1 hashes-both-ways'],
    ],
  ];
  for (const [why, files, faults] of rows) t.same(read(files).faults.sort(), faults.sort(), why);
  const { faults } = parseRequirementsFiles(sent({ 'r.txt': '-r b.txt' }));
  t.match(faults[0]?.message, /same upload.*curl -F.*wheelmill prebuild/s, 'a missing file: what to do');
});

t.test('options add up in the order pip meets them', async (t) => {
  const rows: [why: string, list: string | Record<string, string>, options: ListOptions][] = [
    ['none', '', {}],
    ['names', '--no-binary Foo_x,b --no-binary a', { noBinary: ['a', 'b', 'foo-x'] }],
    ['empty names', '--no-binary a,,', { noBinary: ['a'] }],
    ['all', '--only-binary=:all:', { onlyBinary: [':all:'] }],
    ['all takes the others in', '--no-binary a,:all:,b', { noBinary: [':all:'] }],
    ['names behind all', '--no-binary :all:\n--no-binary b', { noBinary: [':all:', 'b'] }],
    ['none behind all', '--no-binary :all:,:none:,b', { noBinary: ['b'] }],
    ['none', '--no-binary a\n--no-binary :none:\n--only-binary b', { onlyBinary: ['b'] }],
    ['the last one wins', '--no-binary a,b\n--only-binary a', { noBinary: ['b'], onlyBinary: ['a'] }],
    ['all against all', '--no-binary :all: --only-binary :all:', { onlyBinary: [':all:'] }],
    ['an exception', '--only-binary :all:\n--no-binary a', { noBinary: ['a'], onlyBinary: [':all:'] }],
    ['pre', '--pre', { allReleases: [':all:'] }],
    ['pre is last in its line', '--pre --only-final :all:', { allReleases: [':all:'], onlyFinal: [':all:'] }],
    ['releases', '--all-releases a,b --only-final b', { allReleases: ['a'], onlyFinal: ['b'] }],
    ['switches', '--prefer-binary\n--require-h', { preferBinary: true, requireHashes: true }],
    ['ignored', '--use-feature fast-deps -i https://upstream.test\n-Ca=b', {}],
    [
      'of a file that is named twice, the last time counts',
      { 'r.txt': '-r b.txt\n--only-binary a\n-r b.txt', 'b.txt': '--no-binary a' },
      { noBinary: ['a'] },
    ],
    [
      'in between',
      { 'r.txt': '--no-binary a\n-r b.txt\n--no-binary c', 'b.txt': '--only-binary a,c' },
      { noBinary: ['c'], onlyBinary: ['a'] },
    ],
    [
      'of constraints, which come first',
      { 'r.txt': '--no-binary a', 'constraints:c.txt': '--only-binary a,b' },
      { noBinary: ['a'], onlyBinary: ['b'] },
    ],
  ];
  for (const [why, list, options] of rows) {
    const files = typeof list === 'string' ? { 'r.txt': list } : list;
    t.same(read(files).options, options, why);
  }
});

t.test('config settings belong to their requirement', async (t) => {
  const list = `a==1 -C x=1 --config-settings=y= --config-settings "x=2 '3'" -Cz==\nb==1 -C=v --config-setting __proto__=1`;
  const { requirements, faults } = parseRequirementsFiles(sent({ 'r.txt': list }));
  t.same(faults, []);
  t.strictSame(Object.entries(requirements[0]?.configSettings ?? {}), [
    ['x', ['1', "2 '3'"]],
    ['y', ''],
    ['z', '='],
  ]);
  t.strictSame(Object.entries(requirements[1]?.configSettings ?? {}), [
    ['', 'v'],
    ['__proto__', '1'],
  ]);
  const again = requirements.map(formatRequirement).join('\n');
  t.same(parseRequirementsFiles(sent({ 'r.txt': again })).requirements, requirements, again);
});
