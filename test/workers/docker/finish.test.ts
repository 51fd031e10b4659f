import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { checkWheel } from '../../../src/check/check.ts';
import { normalizeName } from '../../../src/core/names.ts';
import { needsOn } from '../../../src/core/needs.ts';
import type { Recipe } from '../../../src/core/records/recipe.ts';
import { parseVersion } from '../../../src/core/version.ts';
import { makeWheel } from '../../check/zip-maker.ts';
import { docker, testTargets } from '../../services/docker.ts';
import { elf } from '../run/elf.ts';
import { folder, newRun } from '../run/harness.ts';
import { fetchSdist, startIndexProxy } from '../run/index-proxy.ts';
import { makeSdist } from '../run/sdist.ts';
import { containersOf, startBuilder } from './harness.ts';

const { builder, owner, pair, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(600_000);

type Sdist = Awaited<ReturnType<typeof makeSdist>>;
const sourceDate = 1_700_000_000;
/** What is built here is real, and the machine may be busy. */
const TIME = { wallTime: 600_000, silence: 600_000 };

async function build(sdist: Sdist): Promise<string> {
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate };
  return (await builder.build(task, newRun(proxy.gateway, TIME).run)).path;
}

async function finish(path: string, libraries: 'bundle' | 'apt' = 'bundle', more: Recipe = {}) {
  const { run, log } = newRun(proxy.gateway, TIME);
  const wheel = { path, filename: basename(path), size: (await stat(path)).size };
  const finished = await builder.finish(
    { target, wheel, recipe: { libraries, ...more }, outputFolder: folder(), sourceDate },
    run,
  );
  return { ...finished, needs: needsOn(target, finished.libraries)!, log: log() };
}

/** What a Python program in the runtime image says, with these wheels installed and no network. */
async function inRuntime(wheels: readonly string[], program: string): Promise<string> {
  const mounts = wheels.flatMap((path) => ['-v', `${path}:/wheels/${basename(path)}:ro`]);
  const script = `pip install -q --root-user-action=ignore --no-index --no-deps /wheels/*.whl && python3 -c '${program}'`;
  return docker('run', '--rm', '--network', 'none', ...mounts, pair.runtime, 'sh', '-ec', script);
}

/** The names of the sections of a wheel's extension module. */
const SECTIONS =
  'cd /tmp && python3 -m zipfile -e /w/*.whl x && readelf --section-headers --wide x/psycopg2/_psycopg*.so';

const SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';
/** An extension that uses a library of the compiler, which the runtime image has not. */
const PARALLEL = {
  'pyproject.toml': `${SETUPTOOLS}\n[project]\nname = "parallel"\nversion = "1.0"\n`,
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
};

t.test('what the runtime image has is known', async (t) => {
  const { libraries, packages } = target.runtimeHas!;
  for (const soname of ['libc.so.6', 'libstdc++.so.6', 'libz.so.1']) t.ok(libraries.includes(soname), soname);
  for (const soname of ['libpq.so.5', 'libgomp.so.1']) t.notOk(libraries.includes(soname), soname);
  t.match(packages, { libc6: /^\d/, apt: /^\d/ });
  t.notOk('libpq5' in packages);
});

t.test('a real package that uses a library of the build image', async (t) => {
  const built = await build(await fetchSdist(folder(), 'psycopg2', '2.9.10'));
  const expect = { project: normalizeName('psycopg2'), version: parseVersion('2.9.10') };

  await t.test('has it put in, with what that needs', async (t) => {
    const { path, filename, needs, libraries, bundled, log } = await finish(built);
    t.match(filename, /^psycopg2-2\.9\.10-cp3\d+-cp3\d+-manylinux_2_\d+_\w+\.whl$/, log);
    t.same(needs, []);
    t.notOk(libraries!.some(({ soname }) => soname.startsWith('libpq')));
    t.ok(
      libraries!.some(({ soname }) => soname === 'libssl.so.3'),
      'what the runtime image has is left to it',
    );
    const pq = bundled.find(({ soname }) => soname === 'libpq.so.5');
    t.match(pq, { package: 'libpq5', version: /^\d+\.\d/ });
    t.equal(pq!.licenses![0], 'PostgreSQL');
    t.ok(
      bundled.every((one) => one.package && one.version),
      JSON.stringify(bundled),
    );
    t.match((await checkWheel({ path, expect })).pure, false);
    t.match(await inRuntime([path], 'import psycopg2; print(psycopg2.__libpq_version__ // 10000)'), /^\d\d$/);
  });

  await t.test('again gives the same bytes', async (t) => {
    const both = await Promise.all([finish(built), finish(built)]);
    const [one, other] = await Promise.all(both.map(({ path }) => readFile(path)));
    t.ok(one!.equals(other!));
  });

  await t.test('has no debug information, unless somebody wants it', async (t) => {
    const [lean, whole] = [await finish(built), await finish(built, 'bundle', { debugInformation: 'keep' })];
    t.match(lean.log, /^debug information of \d{5,} bytes is left out$/m);
    t.notMatch(whole.log, /debug information/);
    const [less, all] = await Promise.all([stat(lean.path), stat(whole.path)]);
    t.ok(less.size < all.size);
    const sections = (path: string) =>
      docker('run', '--rm', '-v', `${path}:/w/${basename(path)}:ro`, pair.build, 'sh', '-ec', SECTIONS);
    t.match(await sections(whole.path), /\.debug_info/);
    const left = await sections(lean.path);
    t.notMatch(left, /\.debug_/);
    t.match(left, /\.symtab/, 'a stack trace has names');
    await checkWheel({ path: lean.path, expect });
  });

  await t.test('needs its package where that is asked for', async (t) => {
    const { path, filename, needs, bundled, log } = await finish(built, 'apt');
    t.match(filename, /-manylinux_2_\d+_\w+\.whl$/, log);
    t.same(needs, [{ soname: 'libpq.so.5', package: 'libpq5' }]);
    t.same(bundled, []);
    await t.rejects(inRuntime([path], 'import psycopg2'), { message: /libpq\.so\.5: cannot open shared object/ });
  });
});

t.test('a program part of the compiler', async (t) => {
  const { path, needs, bundled } = await finish(await build(await makeSdist(folder(), 'parallel-1.0', PARALLEL)));
  t.same(needs, []);
  t.match(bundled, [{ soname: 'libgomp.so.1', package: 'libgomp1', version: /^\d/ }]);
  t.match(await inRuntime([path], 'import parallel; print(parallel.count())'), /^\d+$/);
});

/** A wheel for every Python 3 with a library in it that was compiled in the build image. */
const withLibrary = (name: string, source: string, ...flags: string[]) =>
  makeSdist(folder(), `${name}-1.0`, {
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'PKG-INFO': `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    'backend.py': `import base64, hashlib, os, subprocess, zipfile
def build_wheel(out, settings=None, metadata=None):
    open('lib.c', 'w').write(${JSON.stringify(source)})
    subprocess.check_call(['gcc', '-D_GNU_SOURCE', '-shared', '-fPIC', 'lib.c', '-o', 'lib.so', *${JSON.stringify(flags)}])
    name = '${name}-1.0-py3-none-any.whl'
    files = {
        '${name}/lib.so': open('lib.so', 'rb').read(),
        '${name}/__init__.py': b'import ctypes, os\\nlib = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "lib.so"))\\n',
        '${name}-1.0.dist-info/METADATA': b'Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n',
        '${name}-1.0.dist-info/WHEEL': b'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
    }
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
    rows = ['%s,sha256=%s,%d' % (path, digest(data), len(data)) for path, data in files.items()]
    files['${name}-1.0.dist-info/RECORD'] = '\\n'.join(rows + ['${name}-1.0.dist-info/RECORD,,', '']).encode()
    with zipfile.ZipFile(os.path.join(out, name), 'w') as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
    return name
`,
  });

t.test('the tag says which C library a wheel needs', async (t) => {
  // The stand-ins have glibc 2.36; an image of that name from a registry may have a newer one.
  const [, older] = testTargets();
  const libc = await docker('run', '--rm', older!.runtime, 'getconf', 'GNU_LIBC_VERSION');
  const install = async (path: string, name: string) => {
    const script = `pip install -q --root-user-action=ignore --no-index /w/*.whl && python3 -c 'import ${name}; print(${name}.lib.call(b"42"))'`;
    const mount = `${path}:/w/${basename(path)}:ro`;
    return docker('run', '--rm', '--network', 'none', '-v', mount, older!.runtime, 'sh', '-ec', script);
  };
  // glibc 2.38 gave strtol another symbol (__isoc23_strtol).
  const newer = await withLibrary('newer', '#include <stdlib.h>\nint call(const char *s) { return strtol(s, 0, 10); }');
  const recent = await finish(await build(newer));
  t.match(recent.filename, /^newer-1\.0-py3-none-manylinux_2_38_\w+\.whl$/, recent.log);
  if (Number(/^glibc 2\.(\d+)$/.exec(libc)![1]) >= 38) t.equal(await install(recent.path, 'newer'), '42');
  else await t.rejects(install(recent.path, 'newer'), { message: /not a supported wheel on this platform/ });
  const common = await withLibrary('common', '#include <string.h>\nint call(const char *s) { return strlen(s); }');
  const old = await finish(await build(common));
  t.match(old.filename, /^common-1\.0-py3-none-manylinux[\w.]+\.whl$/, old.log);
  t.equal(await install(old.path, 'common'), '2', old.filename);
  // As a linker with --as-needed leaves modules that use nothing but the interpreter.
  const alone = await finish(
    await build(await withLibrary('alone', 'int call(const char *s) { return 7; }', '-nostdlib')),
  );
  t.match(alone.filename, /^alone-1\.0-py3-none-manylinux[\w.]+\.whl$/, alone.log);
  t.same(alone.libraries, []);
  t.equal(await install(alone.path, 'alone'), '7', alone.filename);
});

t.test('a target of which nobody knows what its runtime image has', async (t) => {
  const { runtimeHas, ...unprobed } = target;
  t.ok(runtimeHas);
  const path = await build(await makeSdist(folder(), 'parallel-1.0', PARALLEL));
  const wheel = { path, filename: basename(path), size: (await stat(path)).size };
  const task = { target: unprobed, wheel, recipe: {}, outputFolder: folder(), sourceDate };
  const finished = await builder.finish(task, newRun(proxy.gateway, TIME).run);
  t.equal(finished.path, path, 'the wheel stays as it is');
  t.ok(finished.libraries!.some((one) => one.package === 'libgomp1'));
});

t.test('a wheel of broken files, made to be inspected', async (t) => {
  const path = join(folder(), 'demo_pkg-1.0-py3-none-any.whl');
  const entries = [
    { name: 'demo_pkg/cut.so', data: elf({ needed: ['libpq.so.5'] }).subarray(0, 90) },
    { name: 'demo_pkg/evil.so', data: elf({ needed: ['$(touch /tmp/x)', 'libwheelmill-none.so'] }) },
  ];
  await writeFile(path, makeWheel({ entries }));
  const { libraries, needs, log, ...finished } = await finish(path);
  t.equal(finished.path, path, 'it stays as it is');
  t.match(log, 'auditwheel cannot repair this wheel');
  t.same(libraries, [{ soname: 'libwheelmill-none.so' }]);
  t.match(log, "'demo_pkg/cut.so' is no ELF file that can be read");
  t.same(needs, libraries, 'what nobody has is needed, though no package gives it');
});

t.test('a wheel that asks for too much', async (t) => {
  const path = join(folder(), 'demo_pkg-1.0-py3-none-any.whl');
  const needed = (file: number) => Array.from({ length: 1000 }, (_, at) => `lib${file}-${at}.so`);
  const entries = [0, 1, 2, 3, 4].map((file) => ({ name: `demo_pkg/${file}.so`, data: elf({ needed: needed(file) }) }));
  await writeFile(path, makeWheel({ entries }));
  await t.rejects(finish(path), { reason: 'bad-wheel', message: /more than 4096 libraries/ });
});

t.test('nothing is left', async (t) => t.same(await containersOf(owner), []));
