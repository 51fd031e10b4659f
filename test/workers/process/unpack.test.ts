import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t from 'tap';
import tar, { type Header } from 'tar-stream';
import { parsePrepared } from '../../../src/workers/run/prepared.ts';
import { RUN_SCRIPTS } from '../../../src/workers/run/scripts.ts';
import { folder } from '../run/harness.ts';

/** Pythons before 3.11.4 have no filter of their own, and here no container is around what leaves the folder. */
const OLD_PYTHON = 'import tarfile\nif hasattr(tarfile, "data_filter"):\n    del tarfile.data_filter\n';

type Entry = Partial<Header> & { name: string };
const GOOD: Entry[] = [
  { name: 'x-1.0', type: 'directory', mode: 0o700 },
  { name: 'x-1.0/setup.py', mode: 0o000, uid: 4711, gid: 4711, uname: 'stranger' },
  { name: 'x-1.0/docs/readme', type: 'symlink', linkname: '../setup.py' },
  { name: 'x-1.0/hard', type: 'link', linkname: 'x-1.0/setup.py' },
];

const rows: [what: string, entries: Entry[], refused: boolean][] = [
  ['an ordinary archive', GOOD, false],
  ['a name that leads out', [...GOOD, { name: 'x-1.0/../../outside' }], true],
  ['an absolute name', [...GOOD, { name: '/tmp/wheelmill-outside' }], true],
  ['a link that leads out', [...GOOD, { name: 'x-1.0/l', type: 'symlink', linkname: '../../outside' }], true],
  ['an absolute link', [...GOOD, { name: 'x-1.0/l', type: 'symlink', linkname: '/etc' }], true],
  ['a hard link that leads out', [...GOOD, { name: 'x-1.0/l', type: 'link', linkname: '../../outside' }], true],
  [
    'links that lead out together',
    [
      ...GOOD,
      { name: 'x-1.0/a/up', type: 'symlink', linkname: '..' },
      { name: 'x-1.0/a/up/up', type: 'symlink', linkname: '..' },
    ],
    true,
  ],
  [
    'a file through a link',
    [...GOOD, { name: 'x-1.0/l', type: 'symlink', linkname: 'docs' }, { name: 'x-1.0/l/f' }],
    true,
  ],
  ['a device', [...GOOD, { name: 'x-1.0/null', type: 'character-device', devmajor: 1, devminor: 3 }], true],
];

for (const [what, entries, refused] of rows) {
  t.test(what, async (t) => {
    const base = folder();
    const pack = tar.pack();
    for (const entry of entries) {
      const isFile = entry.type === undefined;
      if (isFile) pack.entry({ mode: 0o644, ...entry }, 'text');
      else pack.entry({ mode: 0o644, ...entry });
    }
    pack.finalize();
    await mkdir(join(base, 'in'));
    await writeFile(join(base, 'in/x-1.0.tar'), await buffer(pack));
    const command = ['-I', '-S', '-c', OLD_PYTHON + RUN_SCRIPTS.prepare, '-1', 'x-1.0.tar', base, 'unpack', '', ''];
    const ran = await promisify(execFile)('python3', command).then(
      ({ stdout }) => ({ code: 0, said: parsePrepared(stdout).folder }),
      (error) => ({ code: error.code, said: error.stderr }),
    );
    if (refused) t.match(ran, { code: 3, said: /cannot be unpacked: '.*' (?:leads out of it|is a special file)/ });
    else t.same(ran, { code: 0, said: 'x-1.0' });
    t.equal(existsSync(join(base, 'outside')), false);
  });
}
