import t from 'tap';
import { read, said, sha } from './read.ts';

const HASH = `--hash=sha256:${sha('a')}`;
const files = `files = [{ file = "x.tar.gz", hash = "sha256:${sha('a')}" }]`;
const pkg = (name: string, more = '') => `[[package]]\nname = "${name}"\nversion = "1"\n${more}\n${files}\n`;
const lock = (version: string, ...parts: string[]) =>
  `${parts.join('')}\n[metadata]\nlock-version = "${version}"\ncontent-hash = "0"\n`;
const names = (text: string, selection = {}) =>
  read('poetry.lock', text, selection).requirements.map((one) => `${one.name} ${one.marker ?? ''}`.trim());

t.test('lock-version 2.1', async (t) => {
  const text = lock(
    '2.1',
    pkg('a', 'optional = false\ngroups = ["main", "dev"]'),
    pkg('b', 'optional = false\ngroups = ["dev"]'),
    pkg(
      'c',
      `optional = true\ngroups = ["main"]\nmarkers = "sys_platform == 'linux' and (extra == 'http' or extra == 'all')"`,
    ),
    pkg('d', `groups = ["main", "dev"]\nmarkers = { main = "os_name == 'nt'", dev = "sys_platform == 'linux'" }`),
    pkg('e', `groups = ["dev", "main"]\nmarkers = { main = "os_name == 'nt'" }`),
    '[extras]\nhttp = ["c"]\nall = ["c"]\n',
  );
  t.same(names(text), ['a', 'd os_name == "nt"', 'e os_name == "nt"'], 'the main group');
  t.same(
    names(text, { groups: ['dev'], extras: ['HTTP'] }),
    ['a', 'b', 'c sys_platform == "linux"', 'd os_name == "nt" or sys_platform == "linux"', 'e'],
    'with a group and an extra',
  );
  t.match(read('poetry.lock', text, { extras: ['x'] }).faults, [
    { message: 'There is no extra "x". There are: all, http.' },
  ]);
  t.match(read('poetry.lock', text, { groups: ['x'] }).faults, [
    { message: 'There is no group "x". There are: dev, main.' },
  ]);
});

t.test('older lock versions', async (t) => {
  const rows: [what: string, text: string, selection: object, expected: string[]][] = [
    [
      '2.0 has no groups',
      lock('2.0', pkg('a', 'optional = false'), pkg('b', 'optional = true'), '[extras]\nhttp = ["b"]\n'),
      {},
      [`2: a==1 ${HASH}`, '15: warning ungrouped-lock'],
    ],
    [
      'an extra takes what its packages need',
      lock(
        '2.0',
        pkg('a', 'optional = false'),
        pkg('b', 'optional = true').replace(files, `${files}\n[package.dependencies]\nC = ">=1"\n`),
        pkg('c', 'optional = true'),
        pkg('d', 'optional = true'),
        '[extras]\nhttp = ["b (>=1)"]\n',
      ),
      { extras: ['http'] },
      [`2: a==1 ${HASH}`, `7: b==1 ${HASH}`, `15: c==1 ${HASH}`, '28: warning ungrouped-lock'],
    ],
    [
      '1.1 has categories, and files apart',
      `${pkg('A').replace(files, 'category = "main"')}${pkg('b', 'category = "dev"')}[metadata]\nlock-version = "1.1"\n[metadata.files]\na = [{ file = "x", hash = "sha256:${sha('b')}" }]\n`,
      {},
      [`2: a==1 --hash=sha256:${sha('b')}`],
    ],
  ];
  for (const [what, text, selection, expected] of rows) t.same(said('poetry.lock', text, selection), expected, what);
});

t.test('what is refused', async (t) => {
  const source = (type: string) =>
    pkg(type).replace(files, `groups = ["main"]\n${files}\n[package.source]\ntype = "${type}"\nurl = "x"\n`);
  const rows: [what: string, text: string, expected: string[]][] = [
    [
      'sources other than an index',
      lock('2.1', ...['git', 'url', 'file', 'directory', 'legacy'].map(source)),
      [`42: legacy==1 ${HASH}`, '2: version-control', '12: direct-url', '22: local-path', '32: local-path'],
    ],
    ['a version to come', lock('3.0', pkg('a', 'groups = ["main"]')), [`2: a==1 ${HASH}`, '8: unsupported-lock']],
    ['no metadata', pkg('a', 'groups = ["main"]'), [`2: a==1 ${HASH}`, '1: invalid-lock']],
    ['no hash', lock('2.1', pkg('a', 'groups = ["main"]').replace(/sha256:a+/, 'md5:00')), ['2: weak-hash']],
  ];
  for (const [what, text, expected] of rows) t.same(said('poetry.lock', text), expected, what);
});
