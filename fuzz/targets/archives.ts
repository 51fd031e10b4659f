import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkSdist } from '../../src/check/check-sdist.ts';
import { checkWheel } from '../../src/check/check-wheel.ts';
import { normalizeName } from '../../src/core/names.ts';
import { parseSdistFilename } from '../../src/core/sdist-filename.ts';
import { parseVersion } from '../../src/core/version.ts';
import { BuildFailure, WheelmillError } from '../../src/errors.ts';
import { FILENAME, makeWheel, makeZip } from '../../test/check/zip-maker.ts';
import { makeSdist } from '../../test/workers/run/sdist.ts';
import { damaged } from '../bytes.ts';
import type { Fuzzer } from '../fuzzer.ts';

const DEMO = normalizeName('demo-pkg');
const VERSION = parseVersion('1.0');
const PKG_INFO = 'Metadata-Version: 2.2\nName: demo-pkg\nVersion: 1.0\n';

const WHEELS = [
  makeWheel(),
  makeWheel({
    entries: [
      { name: 'demo_pkg/', mode: 0o40755, stored: true },
      { name: 'demo_pkg/a.py', data: 'x = 1\n' },
    ],
  }),
  makeWheel({ entries: [{ name: 'demo_pkg/a.py', data: 'x = 1\n', descriptor: 'wide' }], zip: { zip64: true } }),
  makeWheel({
    entries: [{ name: 'demo_pkg/a.so', data: '\x7fELF', stored: true }],
    zip: { comment: Buffer.from('hello') },
  }),
];

/** A folder in memory where there is one: every case is a file. */
const newFolder = () => mkdtemp(join(tmpdir(), 'wheelmill-fuzz-'));

/** Wheels with damage: sound, or refused as `bad-wheel`. */
export const wheels: Fuzzer = {
  name: 'wheels',
  share: 4,
  async open() {
    const folder = await newFolder();
    const path = join(folder, FILENAME);
    const property = fc.asyncProperty(damaged(WHEELS), async (bytes) => {
      await writeFile(path, bytes);
      try {
        const { metadata } = await checkWheel({ path, expect: { project: DEMO, version: VERSION } });
        if (metadata.name !== DEMO) throw new Error(`it took it for ${metadata.name}`);
      } catch (error) {
        if (!(error instanceof BuildFailure && error.reason === 'bad-wheel')) throw error;
      }
    });
    return { property, close: () => rm(folder, { recursive: true, force: true }) };
  },
};

/** Source archives with damage: sound, or refused as `bad-upload`. */
export const sdists: Fuzzer = {
  name: 'sdists',
  share: 2,
  async open() {
    const folder = await newFolder();
    const { path: tar } = await makeSdist(folder, 'demo_pkg-1.0', {
      'PKG-INFO': PKG_INFO,
      'pyproject.toml': '',
      'src/a.py': 'x',
    });
    const entries = ['PKG-INFO', 'setup.py', 'a/b.py'].map((name) => ({
      name: `demo_pkg-1.0/${name}`,
      data: PKG_INFO,
    }));
    const good = { 'tar.gz': [await readFile(tar)], zip: [makeZip(entries)] };
    const archive = fc
      .constantFrom('tar.gz' as const, 'zip' as const)
      .chain((format) => fc.tuple(fc.constant(format), damaged(good[format])));
    const property = fc.asyncProperty(archive, async ([format, bytes]) => {
      const path = join(folder, `demo_pkg-1.0.${format}`);
      await writeFile(path, bytes);
      try {
        const { name } = await checkSdist(path, parseSdistFilename(`demo_pkg-1.0.${format}`, DEMO));
        if (name !== DEMO) throw new Error(`it took it for ${name}`);
      } catch (error) {
        if (!(error instanceof WheelmillError && error.code === 'bad-upload')) throw error;
      }
    });
    return { property, close: () => rm(folder, { recursive: true, force: true }) };
  },
};
