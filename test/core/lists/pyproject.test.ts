import t from 'tap';
import { read, said } from './read.ts';

const TEXT = `[project]
name = "Demo"
dependencies = [
  "A>=1", # with a comment
  'b[x]; python_version < "3.12"',
]
[project.optional-dependencies]
http = ["h"]
All_of-it = ["demo[http]", "c"]
[dependency-groups]
dev = ["d", {include-group = "Base"}]
base = ["e"]
loop = [{ include-group = "pool" }]
pool = [{ include-group = "loop" }]
bad = [{ include-group = "nothing" }, 7]
`;

t.test('dependencies, extras and groups', async (t) => {
  const rows: [what: string, text: string, selection: object, expected: string[]][] = [
    ['the dependencies alone', TEXT, {}, ['4: a>=1', '5: b[x] ; python_version < "3.12"']],
    [
      'an extra that names another by the name of the project',
      TEXT,
      { extras: ['all.of.it'] },
      ['4: a>=1', '5: b[x] ; python_version < "3.12"', '9: c', '8: h'],
    ],
    [
      'a group that includes another',
      TEXT,
      { groups: ['dev'] },
      ['4: a>=1', '5: b[x] ; python_version < "3.12"', '11: d', '12: e'],
    ],
    ['groups without a project', '[dependency-groups]\ndev = ["d"]\n', { groups: ['dev'] }, ['2: d']],
    [
      'an index of uv is its own matter',
      '[project]\ndependencies = ["a"]\n[tool.uv.sources]\na = { index = "x" }\n',
      {},
      ['2: a'],
    ],
  ];
  for (const [what, text, selection, expected] of rows) t.same(said('pyproject.toml', text, selection), expected, what);
  t.match(read('pyproject.toml', TEXT, { extras: ['x'] }).faults, [
    { message: 'There is no extra "x". There are: All_of-it, http.' },
  ]);
});

t.test('what is refused', async (t) => {
  const project = (...dependencies: string[]) =>
    `[project]\ndependencies = [\n${dependencies.map((one) => `'${one}',\n`).join('')}]\n`;
  const rows: [what: string, text: string, selection: object, expected: string[]][] = [
    [
      'a ring of groups',
      `${project('a')}${TEXT.slice(TEXT.indexOf('[dep'))}`,
      { groups: ['loop'] },
      ['3: a', '8: invalid-lock'],
    ],
    [
      'an unknown group, and what is none',
      `${project('a')}${TEXT.slice(TEXT.indexOf('[dep'))}`,
      { groups: ['bad'] },
      ['3: a', '10: invalid-lock', '10: invalid-lock'],
    ],
    [
      'two groups of one name',
      '[dependency-groups]\na_b = []\nA-b = ["x"]\n',
      { groups: ['a-b'] },
      ['3: x', '3: invalid-lock'],
    ],
    [
      'everything wrong at once',
      project('a @ https://upstream.test/a.whl', 'b==', './c', 'd; x', 'git+https://upstream.test/e'),
      {},
      ['3: direct-url', '4: invalid-specifier', '5: local-path', '6: unknown-marker-variable', '7: version-control'],
    ],
    [
      'sources of uv',
      `${project('a', 'b', 'c')}[tool.uv.sources]\na = { git = "x" }\nB = [{ path = "x", marker = "os_name == 'nt'" }]\nc = { workspace = true }\n`,
      {},
      ['3: version-control', '4: local-path', '5: local-path'],
    ],
    ['dynamic dependencies', '[project]\nname = "demo"\ndynamic = ["dependencies"]\n', {}, ['1: unsupported-lock']],
    ["Poetry's own", '[tool.poetry.dependencies]\npython = "^3.10"\nflask = "^3"\n', {}, ['1: unsupported-lock']],
    ['nothing', '[project]\nname = "demo"\n', {}, ['1: empty-list']],
    ['dependencies of another type', '[project]\ndependencies = "a"\n', {}, ['1: invalid-lock']],
  ];
  for (const [what, text, selection, expected] of rows) t.same(said('pyproject.toml', text, selection), expected, what);
});
