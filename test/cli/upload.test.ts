import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { collectUpload, type Named } from '../../src/cli/upload.ts';
import { readLists } from '../../src/core/read-lists.ts';

const folder = t.testdir({
  'alone.txt': 'a==1\n',
  'requirements.txt': '-r base.txt\n--requirement=more/deep.txt\n-c bounds.txt\nb==1\n',
  'base.txt': 'a==1\n',
  'bounds.txt': '-r more/../base.txt\na<2\n',
  more: { 'deep.txt': '-r ../base.txt\nc==1\n', 'here.txt': '-r ../more/deep.txt\n' },
  common: { 'base.txt': 'a==1 \\\n  --hash=sha256:00\n' },
  service: { 'requirements.txt': '-r ../common/base.txt\nb==1\n' },
  'ring.txt': '-r round.txt\na==1\n',
  'round.txt': '-r ring.txt\n',
  'hidden.txt': '# -r base.txt\na==1 # -r base.txt\n"-r base.txt"\n',
  'elsewhere.txt': '-r https://example.com/list.txt\n-r /etc/passwd\n-c file:///etc/passwd\n-r uv.lock\na==1\n',
  'wrong.txt': 'a==1\n-r absent.txt\n-c \\\n  more\n',
  'uv.lock': 'version = 1\n# -r base.txt\n',
  'Pipfile.lock': '{}\n',
  'pyproject.toml': 'x = """\n-r base.txt\n"""\n',
});

const at = (name: string) => relative('', join(folder, name));

const good: [what: string, named: Partial<Named>, names: string[]][] = [
  ['a list by itself', { requirements: ['alone.txt'] }, ['alone.txt']],
  [
    'a list and what it names, and what that names',
    { requirements: ['requirements.txt'] },
    ['requirements.txt', 'base.txt', 'more/deep.txt', 'bounds.txt'],
  ],
  [
    'a folder beside the own',
    { requirements: ['service/requirements.txt'] },
    ['service/requirements.txt', 'common/base.txt'],
  ],
  ['a way up and back down', { requirements: ['more/here.txt'] }, ['more/here.txt', 'more/deep.txt', 'base.txt']],
  ['a ring', { requirements: ['ring.txt'] }, ['ring.txt', 'round.txt']],
  ['what only looks as if it named files', { requirements: ['hidden.txt'] }, ['hidden.txt']],
  ['what no list may name', { requirements: ['elsewhere.txt'] }, ['elsewhere.txt']],
  [
    'several, once each, and constraints',
    { requirements: ['alone.txt', 'service/requirements.txt', 'alone.txt'], constraints: ['bounds.txt'] },
    ['bounds.txt', 'alone.txt', 'service/requirements.txt', 'base.txt', 'common/base.txt'],
  ],
  ['a lock file', { requirements: ['uv.lock'] }, ['uv.lock']],
  ['a project file', { requirements: ['pyproject.toml', 'Pipfile.lock'] }, ['pyproject.toml', 'Pipfile.lock']],
];

for (const [what, named, names] of good) {
  t.test(what, async (t) => {
    const { requirements = [], constraints = [] } = named;
    const files = await collectUpload({ requirements: requirements.map(at), constraints: constraints.map(at) });
    t.same(
      files.map((one) => one.name),
      names,
    );
    t.same(
      files.filter((one) => one.role === 'constraints').map((one) => one.name),
      constraints,
    );
    const missing = readLists(files).faults.filter(({ code }) => code === 'missing-file' || code === 'outside-file');
    if (names.every((name) => name.endsWith('.txt')))
      t.equal(missing.length, what === 'what no list may name' ? 1 : 0, 'the server finds each where it looks for it');
  });
}

t.test('standard input names files of the current folder', async (t) => {
  const input = (text: string) => Readable.from([Buffer.from(text)]);
  const alone = await collectUpload({ requirements: ['-'], constraints: [] }, input('a==1\n'));
  t.match(alone, [{ name: 'requirements.txt', path: '-', bytes: Buffer.from('a==1\n') }]);
  const files = await collectUpload({ requirements: ['-'], constraints: [] }, input(`-r ${at('base.txt')}\n`));
  t.same(
    files.map((one) => one.path),
    ['-', at('base.txt')],
  );
  t.same(readLists(files).faults, []);
});

t.test('every file that cannot be read is named, and the line that asks for it', async (t) => {
  await t.rejects(collectUpload({ requirements: [at('wrong.txt'), at('no.txt')], constraints: [] }), {
    code: 'bad-list',
    message: new RegExp(
      `^The list ${at('no.txt')} cannot be read: ENOENT.*\n${at('wrong.txt')}:2: -r absent\\.txt: ENOENT.*\n${at('wrong.txt')}:3: -c more: it is no file\\.$`,
    ),
  });
});

t.test('a posting has a limit', async (t) => {
  const many = t.testdir(
    Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.txt`, `-r ${n + 1}.txt\na${n}\n`])),
  );
  await t.rejects(collectUpload({ requirements: [join(many, '0.txt')], constraints: [] }), {
    code: 'list-too-large',
    message: /50 files/,
  });
});
