import t from 'tap';
import { read, said, sha } from './read.ts';

const FILES = `wheels = [{ url = "https://upstream.test/a-1.0-py3-none-any.whl", hashes = { sha256 = "${sha('b')}" } }]\nsdist = { name = "a-1.0.tar.gz", hashes = { sha256 = "${sha('a')}", md5 = "x" } }`;
const HASHES = `--hash=sha256:${sha('a')} --hash=sha256:${sha('b')}`;
const lock = (...packages: string[]) =>
  `lock-version = "1.0"\n${packages.map((one) => `[[packages]]\n${one}\n`).join('')}`;
const GROUPS = `lock-version = "1.0"
extras = ["http", "Cli_Tools"]
dependency-groups = ["dev", "docs"]
default-groups = ["dev"]
${[
  '"http" in extras',
  '"cli-tools" in extras and sys_platform == "linux"',
  '"dev" in dependency_groups',
  '"docs" in dependency_groups or "http" in extras',
]
  .map((marker, at) => `[[packages]]\nname = "p${at}"\nversion = "1"\nmarker = '${marker}'\n${FILES}\n`)
  .join('')}`;

t.test('packages', async (t) => {
  const rows: [what: string, text: string, expected: string[]][] = [
    ['a pin with the hashes of every file', lock(`name = "A"\nversion = "1.0"\n${FILES}`), [`3: a==1.0 ${HASHES}`]],
    [
      'a marker',
      lock(`name = "a"\nversion = "1.0"\nmarker = "sys_platform == 'linux'"\n${FILES}`),
      [`3: a==1.0 ; sys_platform == "linux" ${HASHES}`],
    ],
    ['the version of its file', lock(`name = "a"\n${FILES}`), [`3: a==1.0 ${HASHES}`]],
    [
      'two versions for different targets',
      lock(
        `name = "a"\nversion = "1.0"\nmarker = "python_version < '3.12'"\n${FILES}`,
        `name = "a"\nversion = "2.0"\nmarker = "python_version >= '3.12'"\n${FILES}`,
      ),
      [`3: a==1.0 ; python_version < "3.12" ${HASHES}`, `9: a==2.0 ; python_version >= "3.12" ${HASHES}`],
    ],
    [
      'the project itself',
      lock(`name = "demo"\ndirectory = { path = ".", editable = true }`, `name = "a"\nversion = "1.0"\n${FILES}`),
      [`6: a==1.0 ${HASHES}`, '3: warning project-skipped'],
    ],
    [
      'a newer minor version',
      lock(`name = "a"\n${FILES}`).replace('1.0', '1.9'),
      [`3: a==1.0 ${HASHES}`, '1: warning newer-lock'],
    ],
    [
      'another major version',
      lock(`name = "a"\n${FILES}`).replace('1.0', '2.0'),
      [`3: a==1.0 ${HASHES}`, '1: unsupported-lock'],
    ],
    ['no lock version', `[[packages]]\nname = "a"\n${FILES}`, [`2: a==1.0 ${HASHES}`, '1: invalid-lock']],
    ['no packages', 'lock-version = "1.0"\n', ['1: invalid-lock']],
    ['packages of another type', 'lock-version = "1.0"\npackages = "none"\n', ['1: invalid-lock']],
    ['nothing selected', lock(`name = "a"\nmarker = '"x" in extras'\n${FILES}`), ['1: empty-list']],
    [
      'everything wrong at once',
      lock(
        'name = "g"\nvcs = { type = "git", url = "https://upstream.test/g", commit-id = "0" }',
        'name = "z"\narchive = { url = "https://upstream.test/z.tar.gz", hashes = {} }',
        'name = "d"\ndirectory = { path = "../d" }',
        'name = "n"\nversion = "1"',
        'version = "1"\nwheels = [{ name = "n-1-py3-none-any.whl", hashes = { md5 = "0" } }]',
        `name = "m"\nversion = "1"\nmarker = "extra == 'x'"\n${FILES}`,
        `name = "v"\nversion = "one"\n${FILES}`,
        'name = "h"\nversion = "1"\nwheels = [{ hashes = { sha256 = "00" } }]',
        'name = "w"\nversion = "1"\nwheels = ["w-1.whl"]',
      ),
      [
        '3: version-control',
        '6: direct-url',
        '9: local-path',
        '12: invalid-lock',
        '14: invalid-hash',
        '14: invalid-lock',
        '18: unknown-marker-variable',
        '24: invalid-version',
        '29: invalid-hash',
        '33: invalid-lock',
        '33: invalid-lock',
      ],
    ],
    ['no TOML', 'lock-version = "1.0"\n[[packages]]\nname = \n', ['3: unreadable-lock']],
  ];
  for (const [what, text, expected] of rows) t.same(said('pylock.toml', text), expected, what);
});

t.test('extras and groups', async (t) => {
  const names = (selection: object) =>
    read('pylock.web.toml', GROUPS, selection).requirements.map((one) => `${one.name} ${one.marker ?? ''}`.trim());
  const rows: [selection: object, expected: string[]][] = [
    [{}, ['p2']],
    [{ withoutGroups: ['dev'], groups: ['docs'] }, ['p3']],
    [{ extras: ['http'] }, ['p0', 'p2', 'p3']],
    [{ extras: ['CLI.tools'] }, ['p1 sys_platform == "linux"', 'p2']],
    [{ groups: ['docs', 'dev'] }, ['p2', 'p3']],
  ];
  for (const [selection, expected] of rows) t.same(names(selection), expected, JSON.stringify(selection));
  t.same(
    read('pylock.toml', GROUPS, { extras: ['nothing'], groups: ['http'] }).faults.map((one) => one.message),
    ['There is no extra "nothing". There are: Cli_Tools, http.', 'There is no group "http". There are: dev, docs.'],
    'unknown ones, with those there are',
  );
  t.same(
    read('requirements.txt', 'a==1', { extras: ['x'] }).faults.map((one) => one.message),
    ['There is no extra "x". The list has no extras to choose from.'],
    'a requirements list has none',
  );
});
