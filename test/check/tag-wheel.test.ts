import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import yauzl from 'yauzl';
import { checkWheel } from '../../src/check/check-wheel.ts';
import { tagWheel } from '../../src/check/tag-wheel.ts';
import { normalizeName } from '../../src/core/names.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { DOS_TIME, FILENAME, METADATA, makeWheel, WHEEL_FILE, type WheelParts } from './zip-maker.ts';

const run = promisify(execFile);
const expect = { project: normalizeName('demo-pkg') };
const DIST_INFO = 'demo_pkg-1.0.dist-info';

async function tag(t: Test, parts: WheelParts = {}, filename = FILENAME) {
  const bytes = makeWheel(parts);
  const folder = t.testdir({ in: { [filename]: bytes }, out: {} });
  const path = join(folder, 'in', filename);
  const tagged = await tagWheel({ path, folder: join(folder, 'out'), checked: await checkWheel({ path, expect }) });
  return { bytes, tagged };
}

type Seen = { name: string; mode: number; time: number; text: string };

async function entriesOf(path: string): Promise<Seen[]> {
  const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false });
  const entries: Seen[] = [];
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    if (!entry.fileName.endsWith('/'))
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
    const time = entry.lastModFileDate * 65536 + entry.lastModFileTime;
    const mode = entry.externalFileAttributes >>> 16;
    entries.push({ name: entry.fileName, mode, time, text: Buffer.concat(chunks).toString() });
  }
  zip.close();
  return entries;
}

const PARTS: WheelParts = {
  entries: [
    { name: 'demo_pkg/', mode: 0o40755, stored: true },
    { name: 'demo_pkg/__init__.py', data: 'value = 42\n', descriptor: 'signed' },
    { name: 'demo_pkg/größe,1.txt', data: '', stored: true },
    {
      name: 'demo_pkg-1.0.data/scripts/demo',
      data: '#!python\nimport demo_pkg\nprint(demo_pkg.value)\n',
      mode: 0o100755,
    },
  ],
  unlisted: [{ name: `${DIST_INFO}/RECORD.jws`, data: '{}' }],
  record: (rows) => [
    ...rows.map((row) => row.replace('demo_pkg/größe,1.txt', '"demo_pkg/größe,1.txt"')),
    `${DIST_INFO}/RECORD.jws,,`,
  ],
  wheelFile: `${WHEEL_FILE}Build: 99\n\n`,
};

t.test('puts the tag into the name, WHEEL and RECORD, and keeps the rest', async (t) => {
  const { bytes, tagged } = await tag(t, PARTS, 'demo_pkg-1.0-99-py3-none-any.whl');
  const build = `1_${sha256Hex(bytes).slice(0, 8)}`;
  t.equal(tagged.filename, `demo_pkg-1.0-${build}-py3-none-any.whl`);
  const written = await readFile(tagged.path);
  t.equal(tagged.sha256, sha256Hex(written));
  t.equal(tagged.size, written.length);
  t.equal(tagged.metadataSha256, sha256Hex(METADATA));

  const entries = await entriesOf(tagged.path);
  t.same(
    entries.map(({ name, mode }) => [name, mode.toString(8)]),
    [
      ['demo_pkg/', '40755'],
      ['demo_pkg/__init__.py', '100644'],
      ['demo_pkg/größe,1.txt', '100644'],
      ['demo_pkg-1.0.data/scripts/demo', '100755'],
      [`${DIST_INFO}/METADATA`, '100644'],
      [`${DIST_INFO}/WHEEL`, '100644'],
      [`${DIST_INFO}/RECORD`, '100644'],
    ],
    'in the order of the source, without signatures',
  );
  t.ok(
    entries.every(({ time }) => time === DOS_TIME),
    'times are kept',
  );
  const text = (name: string) => entries.find((entry) => entry.name === `${DIST_INFO}/${name}`)?.text;
  t.equal(text('WHEEL'), `${WHEEL_FILE}Build: ${build}\n`);
  t.notMatch(text('RECORD'), /jws/);
  t.match(text('RECORD'), /\n[^\n]*RECORD,,\n$/);
  const checked = await checkWheel({ path: tagged.path, expect });
  t.same(checked.filename.build, { number: 1, suffix: build.slice(1) }, 'a tagged wheel is a good wheel');
});

t.test('equal wheels give equal bytes, others another name', async (t) => {
  const first = await tag(t, PARTS);
  const firstBytes = await readFile(first.tagged.path);
  const second = await tag(t, PARTS);
  t.equal(second.tagged.filename, first.tagged.filename);
  t.ok((await readFile(second.tagged.path)).equals(firstBytes));
  const changed = await tag(t, {
    ...PARTS,
    entries: [{ name: 'demo_pkg/__init__.py', data: 'value = 43\n' }],
    record: (rows) => rows,
    unlisted: [],
  });
  t.not(changed.tagged.filename, first.tagged.filename);
});

t.test('more entries than a plain end record can count', async (t) => {
  const entries = Array.from({ length: 66_000 }, (_, at) => ({ name: `demo_pkg/${at}.py`, stored: true }));
  const { tagged } = await tag(t, { entries, zip: { zip64: true, count: 0xffff } });
  const { stdout } = await run('python3', [
    '-c',
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.testzip())',
    tagged.path,
  ]);
  t.equal(stdout.trim(), '66003 None');
});

t.test('pip installs it', async (t) => {
  const { tagged } = await tag(t, PARTS);
  const venv = join(dirname(tagged.path), 'venv');
  const env = { PATH: process.env.PATH ?? '', PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  await run('python3', ['-m', 'venv', venv], { env });
  const python = join(venv, 'bin', 'python');
  await run(python, ['-m', 'pip', 'install', '--no-index', '--no-deps', tagged.path], { env });
  const { stdout } = await run(python, ['-m', 'pip', 'show', '--files', '--verbose', 'Demo.Pkg'], { env });
  t.match(stdout, /^Version: 1\.0$/m);
  t.match(stdout, /demo_pkg\/größe,1\.txt/);
  t.equal((await run(join(venv, 'bin', 'demo'), { env })).stdout, '42\n', 'its script runs');
  const { stdout: files } = await run(
    python,
    ['-c', "import importlib.metadata as m; print(m.distribution('demo-pkg').read_text('WHEEL'))"],
    { env },
  );
  t.match(files, `Build: ${tagged.filename.split('-')[2]}`);
});
