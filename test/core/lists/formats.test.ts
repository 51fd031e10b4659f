import { readFileSync } from 'node:fs';
import t from 'tap';
import { unsuited } from '../../../src/core/lists/made-for.ts';
import { readLists } from '../../../src/core/read-lists.ts';
import { formatRequirement } from '../../../src/core/requirement.ts';
import { TARGET } from '../planning-data.ts';
import { read, said, sha } from './read.ts';

const fixture = (path: string) => readFileSync(new URL(`fixtures/${path}`, import.meta.url));

t.test('a file whose name says nothing is told by its content', async (t) => {
  for (const name of [
    'uv.lock',
    'pylock.uv-main.toml',
    'pylock.pdm.toml',
    'poetry.lock',
    'pdm.lock',
    'Pipfile.lock',
    'uv.full.txt',
  ]) {
    const bytes = fixture(`locked/${name}`);
    const named = read(name, bytes).requirements.map(formatRequirement);
    t.ok(named.length > 3, name);
    for (const other of ['requirements.txt', 'list', 'locks/mine.toml'])
      t.same(read(other, bytes).requirements.map(formatRequirement), named, `${name} as ${other}`);
  }
  const project = fixture('project/pyproject.toml');
  t.same(read('requirements.txt', project).requirements, read('pyproject.toml', project).requirements);
});

t.test('the name goes before the content, folders do not count', async (t) => {
  const pin = `lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\nsdist = { hashes = { sha256 = "${sha('a')}" } }\n`;
  for (const name of ['pylock.toml', 'pylock.web.toml', 'app/pylock.toml', 'app\\pylock.toml'])
    t.same(said(name, pin), [`3: a==1 --hash=sha256:${sha('a')}`], name);
  t.match(said('poetry.lock', pin), [/invalid-lock/], 'a pylock under the name of another');
});

t.test('several files', async (t) => {
  const files = [
    { name: 'app/poetry.lock', bytes: fixture('locked/poetry.lock'), role: 'requirements' },
    { name: 'more.txt', bytes: Buffer.from('extra-one==1\nbad==\n'), role: 'requirements' },
    { name: 'Pipfile.lock', bytes: Buffer.from('{}'), role: 'constraints' },
  ] as const;
  const { requirements, constraints, faults } = readLists(files);
  t.same(new Set(requirements.map((one) => one.file)), new Set(['app/poetry.lock', 'more.txt']));
  t.same(constraints, []);
  t.same(
    faults.map(({ file, line, code }) => [file, line, code]),
    [
      ['more.txt', 2, 'invalid-specifier'],
      ['Pipfile.lock', 1, 'invalid-lock'],
    ],
  );
});

t.test('a lock as constraints', async (t) => {
  const { requirements, constraints } = readLists([
    { name: 'r.txt', bytes: Buffer.from('click\n'), role: 'requirements' },
    { name: 'pdm.lock', bytes: fixture('locked/pdm.lock'), role: 'constraints' },
  ]);
  t.same(
    requirements.map((one) => one.name),
    ['click'],
  );
  t.ok(constraints.some((one) => one.name === 'docopt' && one.specifier === '==0.6.2'));
});

t.test('files that are made for other targets', async (t) => {
  const rows: [what: string, name: string, text: string, expected: RegExp[]][] = [
    ['its Python', 'pylock.toml', 'lock-version = "1.0"\nrequires-python = ">=3.13"\npackages = []\n', []],
    [
      'another Python',
      'pylock.toml',
      'lock-version = "1.0"\nrequires-python = "<3.13"\npackages = []\n',
      [/made for Python <3\.13, and python-3\.13 has 3\.13\.5/],
    ],
    [
      'one of its platforms',
      'pylock.toml',
      'lock-version = "1.0"\nenvironments = ["os_name == \'nt\'", "sys_platform == \'linux\'"]\n',
      [],
    ],
    [
      'other platforms',
      'pylock.toml',
      'lock-version = "1.0"\nenvironments = ["os_name == \'nt\'"]\n',
      [/not made for python-3\.13, but for: "os_name == 'nt'"/],
    ],
    [
      'a lock of uv',
      'uv.lock',
      'version = 1\nrequires-python = ">=3.14"\n[[package]]\nname = "demo"\nsource = { virtual = "." }\n',
      [/>=3\.14/],
    ],
    [
      'environments of uv',
      'uv.lock',
      'version = 1\nsupported-markers = ["os_name == \'nt\'"]\n[[package]]\nname = "demo"\nsource = { virtual = "." }\n',
      [/os_name/],
    ],
    ['a project', 'pyproject.toml', '[project]\nrequires-python = "~=3.11.0"\ndependencies = ["a"]\n', [/~=3\.11\.0/]],
  ];
  for (const [what, name, text, expected] of rows) {
    const found = unsuited(read(name, text).madeFor ?? [], TARGET).map((one) => one.message);
    t.equal(found.length, expected.length, what);
    t.match(found, expected, what);
  }
  t.match(said('pyproject.toml', '[project]\nrequires-python = "^3"\ndependencies = ["a"]\n'), [
    /a/,
    /2: invalid-specifier/,
  ]);
});
