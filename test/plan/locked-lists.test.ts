import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { FULL, MAIN, planner } from './locked-project.ts';

const folder = new URL('../core/lists/fixtures/', import.meta.url);

/** What the tools wrote when scripts/record-lists.ts was run last, and the project file itself. */
async function recorded(): Promise<Map<string, string>> {
  const names = (await readdir(new URL('locked/', folder))).map((name) => `locked/${name}`);
  const texts = [...names, 'project/pyproject.toml'].map(
    async (path) => [path.slice(path.indexOf('/') + 1), await readFile(new URL(path, folder), 'utf8')] as const,
  );
  return new Map(await Promise.all(texts));
}

const NEEDED = [
  { name: 'click', version: '8.1.8', kind: 'mirror', file: 'click-8.1.8-py3-none-any.whl' },
  { name: 'docopt', version: '0.6.2', kind: 'build', file: 'docopt-0.6.2.tar.gz' },
  { name: 'markupsafe', version: '2.1.5', kind: 'build', file: 'MarkupSafe-2.1.5.tar.gz' },
];
const MORE = [
  { name: 'h11', version: '0.14.0', kind: 'mirror', file: 'h11-0.14.0-py3-none-any.whl' },
  { name: 'iniconfig', version: '2.0.0', kind: 'mirror', file: 'iniconfig-2.0.0-py3-none-any.whl' },
  { name: 'pluggy', version: '1.6.0', kind: 'mirror', file: 'pluggy-1.6.0-py3-none-any.whl' },
  { name: 'wsproto', version: '1.2.0', kind: 'mirror', file: 'wsproto-1.2.0-py3-none-any.whl' },
];

t.test('the lists that the tools make of one project are one plan', async (t) => {
  const files = await recorded();
  const plan = await planner(t, files);
  for (const [file, selection] of MAIN) t.same(await plan(file, selection), NEEDED, file);
  const full = [...NEEDED, ...MORE].sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const [file, selection] of FULL) t.same(await plan(file, selection), full, `${file} with an extra and a group`);
  t.same(await plan('pyproject.toml'), NEEDED, 'pyproject.toml, resolved');
  t.same(await plan('pyproject.toml', { extras: ['http'], groups: ['dev'] }), full, 'with an extra and a group');
  const used = new Set([...MAIN, ...FULL].map(([file]) => file));
  t.same(
    [...files.keys()].filter((one) => !used.has(one)),
    ['pyproject.toml'],
    'every recorded file is read',
  );
});
