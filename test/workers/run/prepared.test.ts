import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { cargoConfig } from '../../../src/workers/run/cargo-home.ts';
import { parsePrepared } from '../../../src/workers/run/prepared.ts';
import { RUN_SCRIPTS } from '../../../src/workers/run/scripts.ts';
import { folder } from './harness.ts';
import { makeSdist } from './sdist.ts';

const REGISTRY = 'sparse+https://crates.upstream.test/';

const rows: [printed: string, folder: string, registry?: string][] = [
  ['\nx-1.0\n', 'x-1.0'],
  [`${REGISTRY}\nx-1.0\n`, 'x-1.0', REGISTRY],
  // The folder's name is the archive's: it must not pass for a registry.
  [`\n${REGISTRY}\nx-1.0\n`, `${REGISTRY}\nx-1.0`],
  ['x-1.0\n', ''],
  ['', ''],
];
for (const [printed, name, registry] of rows)
  t.same(parsePrepared(printed), { folder: name, ...(registry && { registry }) }, JSON.stringify(printed));

/** Programs in a PATH of their own, beside those of the system that the interpreter needs. */
async function prepare(programs: Record<string, string>) {
  const base = folder();
  const bin = join(base, 'bin');
  await mkdir(bin);
  await mkdir(join(base, 'in'));
  for (const [name, text] of Object.entries(programs)) {
    await mkdir(join(bin, name, '..'), { recursive: true });
    await writeFile(join(bin, name), text);
    await chmod(join(bin, name), 0o755);
  }
  const sdist = await makeSdist(join(base, 'in'), 'x-1.0', { 'PKG-INFO': 'x' });
  const values = [
    '-1',
    sdist.filename,
    base,
    'unpack',
    '',
    cargoConfig({ folder: base, index: 'http://127.0.0.1:1/simple/' }),
  ];
  const python = (await promisify(execFile)('python3', ['-c', 'import sys; print(sys.executable)'])).stdout.trim();
  const { stdout } = await promisify(execFile)(python, ['-I', '-S', '-c', RUN_SCRIPTS.prepare, ...values], {
    env: { PATH: bin, BIN: bin },
  });
  return { base, ...parsePrepared(stdout) };
}

t.test('the registry that cargo is made for is read from it', async (t) => {
  const { registry, folder: name } = await prepare({ cargo: `...\0${REGISTRY}crates-io...` });
  t.equal(registry, REGISTRY);
  t.equal(name, 'x-1.0');
});

t.test('of a cargo that rustup stands for rustc knows where the real one is', async (t) => {
  const rustc = '#!/bin/sh\n[ "$*" = "--print sysroot" ] && echo "$BIN/toolchain"\n';
  const { registry } = await prepare({ cargo: 'stands for it', rustc, 'toolchain/bin/cargo': `\0${REGISTRY}\0` });
  t.equal(registry, REGISTRY);
});

t.test('without cargo, or with one that does not tell, there is none', async (t) => {
  for (const programs of [{}, { cargo: 'x' }, { cargo: '' }, { cargo: 'sparse+http://crates.upstream.test/' }])
    t.equal((await prepare(programs)).registry, undefined);
});

t.test('cargo is configured to use the gateway', async (t) => {
  const { base } = await prepare({});
  const config = await readFile(join(base, 'cargo/config.toml'), 'utf8');
  t.match(config, 'registry = "sparse+http://127.0.0.1:1/cargo/"');
  t.match(config, `"--remap-path-prefix=${base}/src=/src"`);
});
