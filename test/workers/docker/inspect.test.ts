import { stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { needsOn, packagesOf } from '../../../src/core/needs.ts';
import { makeWheel } from '../../check/zip-maker.ts';
import { elf } from '../run/elf.ts';
import { folder, NO_GATEWAY, newRun } from '../run/harness.ts';
import { fetchSdist, startIndexProxy } from '../run/index-proxy.ts';
import { makeSdist } from '../run/sdist.ts';
import { containersOf, startBuilder } from './harness.ts';

const { builder, owner, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(600_000);

async function inspect(path: string) {
  // No door is opened: the gateway would end every connection.
  const { run, log } = newRun(NO_GATEWAY);
  const wheel = { path, filename: basename(path), size: (await stat(path)).size };
  return { libraries: await builder.inspect({ target, wheel }, run), log: log() };
}

async function build(sdist: Awaited<ReturnType<typeof makeSdist>>): Promise<string> {
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 1_700_000_000 };
  return (await builder.build(task, newRun(proxy.gateway).run)).path;
}

t.test('what the runtime image has is known', async (t) => {
  const { libraries, packages } = target.runtimeHas!;
  for (const soname of ['libc.so.6', 'libstdc++.so.6', 'libz.so.1']) t.ok(libraries.includes(soname), soname);
  for (const soname of ['libpq.so.5', 'libgomp.so.1']) t.notOk(libraries.includes(soname), soname);
  t.match(packages, { libc6: /^\d/, apt: /^\d/ });
  t.notOk('libpq5' in packages);
});

t.test('a real package that uses a library of the build image', async (t) => {
  const { libraries } = await inspect(await build(await fetchSdist(folder(), 'psycopg2', '2.9.10')));
  t.match(
    libraries!.find(({ soname }) => soname === 'libpq.so.5'),
    { package: 'libpq5' },
  );
  t.match(
    libraries!.find(({ soname }) => soname === 'libc.so.6'),
    { package: 'libc6' },
  );
  t.same(needsOn(target, libraries), [{ soname: 'libpq.so.5', package: 'libpq5' }]);
});

t.test('a program part of the compiler', async (t) => {
  const sdist = await makeSdist(folder(), 'parallel-1.0', {
    'pyproject.toml': `[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "parallel"\nversion = "1.0"\n`,
    'setup.py': `from setuptools import Extension, setup
setup(ext_modules=[Extension("parallel", ["parallel.c"], extra_compile_args=["-fopenmp"], extra_link_args=["-fopenmp"])])
`,
    'parallel.c': `#include <Python.h>
#include <omp.h>
static PyObject *count(PyObject *self, PyObject *none) { return PyLong_FromLong(omp_get_max_threads()); }
static PyMethodDef methods[] = {{"count", count, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "parallel", NULL, -1, methods};
PyMODINIT_FUNC PyInit_parallel(void) { return PyModule_Create(&module); }
`,
  });
  const { libraries } = await inspect(await build(sdist));
  t.same(packagesOf(needsOn(target, libraries)!), ['libgomp1']);
});

t.test('a wheel of broken files, made to be inspected', async (t) => {
  const path = join(folder(), 'demo_pkg-1.0-py3-none-any.whl');
  const entries = [
    { name: 'demo_pkg/cut.so', data: elf({ needed: ['libpq.so.5'] }).subarray(0, 90) },
    { name: 'demo_pkg/evil.so', data: elf({ needed: ['$(touch /tmp/x)', 'libwheelmill-none.so'] }) },
  ];
  await writeFile(path, makeWheel({ entries }));
  const { libraries, log } = await inspect(path);
  t.same(libraries, [{ soname: 'libwheelmill-none.so' }]);
  t.match(log, "'demo_pkg/cut.so' is no ELF file that can be read");
  t.same(needsOn(target, libraries), libraries, 'what nobody has is needed, though no package gives it');
});

t.test('a wheel that asks for too much', async (t) => {
  const path = join(folder(), 'demo_pkg-1.0-py3-none-any.whl');
  const needed = (file: number) => Array.from({ length: 1000 }, (_, at) => `lib${file}-${at}.so`);
  const entries = [0, 1, 2, 3, 4].map((file) => ({ name: `demo_pkg/${file}.so`, data: elf({ needed: needed(file) }) }));
  await writeFile(path, makeWheel({ entries }));
  await t.rejects(inspect(path), { reason: 'bad-wheel', message: /more than 4096 libraries/ });
});

t.test('nothing is left', async (t) => t.same(await containersOf(owner), []));
