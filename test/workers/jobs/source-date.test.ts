import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import t, { type Test } from 'tap';
import tar from 'tar-stream';
import { sourceDate } from '../../../src/workers/jobs/source-date.ts';

const EARLIEST = Date.UTC(1980, 0, 1) / 1000;

async function sdist(t: Test, times: number[]): Promise<string> {
  const path = `${t.testdir()}/demo-1.0.tar.gz`;
  const pack = tar.pack();
  for (const [at, time] of times.entries())
    pack.entry({ name: `demo-1.0/${at}.py`, mtime: new Date(time * 1000) }, 'x'.repeat(100_000));
  pack.finalize();
  await pipeline(pack, createGzip(), createWriteStream(path));
  return path;
}

t.test('the newest time in the archive', async (t) =>
  t.equal(await sourceDate(await sdist(t, [1_500_000_000, 1_600_000_000, 1_400_000_000])), 1_600_000_000),
);
t.test('never before 1980', async (t) => t.equal(await sourceDate(await sdist(t, [0, 1])), EARLIEST));
t.test('never in the future', async (t) =>
  t.equal(await sourceDate(await sdist(t, [1_500_000_000, 7_000_000_000])), 1_500_000_000),
);
t.test('an archive that is none', async (t) => {
  const path = `${t.testdir()}/demo-1.0.zip`;
  await writeFile(path, 'PK');
  t.equal(await sourceDate(path), EARLIEST);
});
t.test('an archive that is cut off still has what came before', async (t) => {
  const { readFile } = await import('node:fs/promises');
  const path = await sdist(t, [1_500_000_000, 1_600_000_000]);
  await writeFile(path, (await readFile(path)).subarray(0, -20));
  t.ok([1_500_000_000, 1_600_000_000].includes(await sourceDate(path)));
});
