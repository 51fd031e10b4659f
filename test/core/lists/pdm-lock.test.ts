import t from 'tap';
import { said, sha } from './read.ts';

const HASH = `--hash=sha256:${sha('a')}`;
const pkg = (name: string, more = '') =>
  `[[package]]\nname = "${name}"\nversion = "1"\n${more}\nfiles = [{ file = "x", hash = "sha256:${sha('a')}" }]\n`;
const lock = (...parts: string[]) =>
  `[metadata]\ngroups = ["default", "dev", "http"]\nlock_version = "4.5.0"\n${parts.join('')}`;

t.test('packages', async (t) => {
  const grouped = lock(
    pkg('a', 'groups = ["default", "dev"]\nmarker = "os_name == \'posix\'"'),
    pkg('b', 'groups = ["dev"]'),
    pkg('c', 'groups = ["http"]'),
    pkg('c', 'groups = ["http"]\nextras = ["x"]'),
  );
  const rows: [what: string, text: string, selection: object, expected: string[]][] = [
    ['the default group', grouped, {}, [`5: a==1 ; os_name == "posix" ${HASH}`]],
    [
      'an extra is a group',
      grouped,
      { extras: ['http'] },
      [`5: a==1 ; os_name == "posix" ${HASH}`, `16: c==1 ${HASH}`],
    ],
    ['a group', grouped, { groups: ['dev'] }, [`5: a==1 ; os_name == "posix" ${HASH}`, `11: b==1 ${HASH}`]],
    [
      'one that there is not',
      grouped,
      { groups: ['x'] },
      [`5: a==1 ; os_name == "posix" ${HASH}`, '1: unknown-selection'],
    ],
    ['a lock without groups', lock(pkg('a')), {}, [`5: a==1 ${HASH}`, '3: warning ungrouped-lock']],
    [
      'other sources',
      lock(
        pkg('g', 'groups = ["default"]\ngit = "x"'),
        pkg('u', 'groups = ["default"]\nurl = "x"'),
        pkg('p', 'groups = ["default"]\npath = "./p"'),
      ),
      {},
      ['5: version-control', '11: direct-url', '17: local-path'],
    ],
    [
      'a version to come',
      lock(pkg('a', 'groups = ["default"]')).replace('4.5.0', '5.0'),
      {},
      [`5: a==1 ${HASH}`, '3: unsupported-lock'],
    ],
    ['no lock of PDM', pkg('a', 'groups = ["default"]'), {}, [`2: a==1 ${HASH}`, '1: invalid-lock']],
  ];
  for (const [what, text, selection, expected] of rows) t.same(said('pdm.lock', text, selection), expected, what);
});
