import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import t, { type Test } from 'tap';
import tar from 'tar-stream';
import { looksPure } from '../../../src/workers/jobs/looks-pure.ts';

async function sdist(t: Test, names: string[]): Promise<string> {
  const path = `${t.testdir()}/demo-1.0.tar.gz`;
  const pack = tar.pack();
  for (const name of names) pack.entry({ name: `demo-1.0/${name}` }, 'x');
  pack.finalize();
  await pipeline(pack, createGzip(), createWriteStream(path));
  return path;
}

const rows: [files: string[], pure: boolean][] = [
  [['setup.py', 'demo.py', 'PKG-INFO'], true],
  [['setup.py', 'docs/index.rst', 'data/a.csv', 'demo.cfg'], true],
  [['setup.py', 'demo.c'], false],
  [['setup.py', 'src/_demo.PYX'], false],
  [['pyproject.toml', 'src/lib.rs'], false],
  [['pyproject.toml', 'rust/Cargo.toml'], false],
  [['pyproject.toml', 'meson.build'], false],
  [['pyproject.toml', 'solver.f90'], false],
  [['configure', 'setup.py'], false],
];

t.test('what has nothing to compile looks pure', async (t) => {
  for (const [files, pure] of rows)
    await t.test(files.join(' '), async (t) => t.equal(await looksPure(await sdist(t, files)), pure));
});

t.test('what cannot be read does not', async (t) => {
  const path = `${t.testdir()}/demo-1.0.zip`;
  await writeFile(path, 'PK');
  t.equal(await looksPure(path), false);
});
