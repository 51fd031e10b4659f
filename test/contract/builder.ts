import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import type { Test } from 'tap';
import Value from 'typebox/value';
import type { Recipe } from '../../src/core/records/recipe.ts';
import { type Target, TargetSchema } from '../../src/core/records/target.ts';
import type { FailureReason } from '../../src/errors.ts';
import type { ListToResolve } from '../../src/plan/resolution.ts';
import type { Builder, Limits } from '../../src/workers/builder.ts';
import { failureOf, folder, newRun } from '../workers/run/harness.ts';
import { fetchSdist, type IndexProxy } from '../workers/run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../workers/run/sdist.ts';

export type BuilderUnderTest = {
  builder: Builder;
  target: Target;
  proxy: IndexProxy;
  /** All that its runs have left, by name: containers, processes, folders. */
  left: () => Promise<string[]>;
};

const MIB = 1024 * 1024;
const SOON = 8_000;
const SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';
const EXTENSION = {
  'pyproject.toml': `${SETUPTOOLS}\n[project]\nname = "native"\nversion = "1.0"\n`,
  'setup.py': 'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("native", ["native.c"])])\n',
  'native.c': `#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
`,
};
const PURE = {
  'pyproject.toml': `${SETUPTOOLS}\n[project]\nname = "pure"\nversion = "1.0"\n`,
  'pure/__init__.py': 'answer = 42\n',
};

/** A list without constraints and options. */
const listOf = (lines: string[]): ListToResolve => ({ lines, constraints: [], options: {} });

/** What is set by us, by tap in every process that Node starts, by the front ends, by what starts them, and in the images of Python. */
const ENVIRONMENT =
  /^(?:PATH|HOME|TMPDIR|LANG|LC_\w+|TZ|SOURCE_DATE_EPOCH|MAKEFLAGS|\w+_(?:JOBS|LEVEL)|(?:PIP|UV|PYTHON|PEP517|_PYPROJECT)_?\w*|NO_COLOR|CARGO_HOME|CARGO_TERM_COLOR|MATURIN_NO_INSTALL_RUST|VIRTUAL_ENV|HOSTNAME|GPG_KEY|PWD|SHLVL|_|NODE_OPTIONS|_TAPJS_\w+)$/;

type Row = { code: string; limits?: Partial<Limits>; reason: FailureReason; message: RegExp };

/** The code is what the build runs, in its own folder, `out` being where the wheel belongs. */
const FAILURES: Record<string, Row> = {
  'a plain error': { code: 'raise ValueError("the reason")', reason: 'build-error', message: /the reason/ },
  'killed without a limit': { code: 'os.kill(os.getpid(), 9)', reason: 'build-error', message: /SIGKILL/ },
  'memory, the build itself': {
    code: 'hold = [bytearray(1 << 20) for _ in range(2048)]\ntime.sleep(60)',
    limits: { memory: 192 * MIB, disk: 64 * MIB },
    reason: 'out-of-memory',
    message: /192 MiB/,
  },
  'memory, a child whose end is not told': {
    code: `
code = 'hold = [bytearray(1 << 20) for _ in range(2048)]; import time; time.sleep(60)'
subprocess.call([sys.executable, '-c', code])
sys.exit(1)`,
    limits: { memory: 192 * MIB, disk: 64 * MIB },
    reason: 'out-of-memory',
    message: /192 MiB/,
  },
  processes: {
    code: "children = [subprocess.Popen(['sleep', '3']) for _ in range(100)]",
    limits: { pids: 40 },
    reason: 'too-many-processes',
    message: /40/,
  },
  disk: {
    code: `
with open('big', 'wb') as big:
    while True:
        big.write(b'x' * (1 << 20))
        big.flush()`,
    limits: { disk: 32 * MIB },
    reason: 'out-of-disk',
    message: /32 MiB/,
  },
  'too many files': {
    code: "for n in range(20000): open('f%d' % n, 'w').close()",
    limits: { inodes: 2000 },
    reason: 'out-of-disk',
    message: /2000 files/,
  },
  'no end': {
    code: 'while True: print("working", flush=True); time.sleep(0.2)',
    limits: { wallTime: SOON },
    reason: 'timed-out',
    message: /8 seconds/,
  },
  'no word': { code: 'time.sleep(1000)', limits: { silence: SOON }, reason: 'silent', message: /8 seconds/ },
  'no end, in a session of its own, deaf to the request to end': {
    code: `
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(['sleep', '1000'], start_new_session=True)
time.sleep(1000)`,
    limits: { silence: SOON },
    reason: 'silent',
    message: /8 seconds/,
  },
  'a flood of words': {
    code: "subprocess.call(['yes'])",
    limits: { logBytes: 64 * 1024 },
    reason: 'log-too-large',
    message: /64 KiB/,
  },
  'a symbolic link for a wheel': {
    code: `
name = 'small-1.0-py3-none-any.whl'
os.symlink('/etc/passwd', os.path.join(out, name))
return name`,
    reason: 'bad-wheel',
    message: /not a regular file|no wheel/,
  },
  'no wheel': { code: "return 'small-1.0-py3-none-any.whl'", reason: 'bad-wheel', message: /left no wheel/ },
  'two wheels': {
    code: `open(os.path.join(out, 'other-1.0-py3-none-any.whl'), 'w').close()\n${GOOD_WHEEL}`,
    reason: 'bad-wheel',
    message: /more than one wheel/,
  },
  'a name wheels never have': {
    code: `open(os.path.join(out, 'evil\\n name.whl'), 'w').close()\nreturn 'evil\\n name.whl'`,
    reason: 'bad-wheel',
    message: /no wheel: .*evil/,
  },
  'a large wheel': {
    code: `
with open(os.path.join(out, 'small-1.0-py3-none-any.whl'), 'wb') as wheel: wheel.truncate(2 << 20)
return 'small-1.0-py3-none-any.whl'`,
    limits: { wheelBytes: MIB },
    reason: 'output-too-large',
    message: /1048576/,
  },
};

/** What every Builder must do. */
export async function testBuilder(t: Test, { builder, target, proxy, left }: BuilderUnderTest): Promise<void> {
  type Source = Awaited<ReturnType<typeof makeSdist>>;
  const taskOf = (sdist: Source, recipe: Recipe = {}) => ({
    ...{ target, sdist, recipe, outputFolder: folder(), sourceDate: 1_700_000_000 },
  });
  const build = async (sdist: Source, recipe: Recipe = {}) => {
    const { run, log } = newRun(proxy.gateway);
    return { product: await builder.build(taskOf(sdist, recipe), run), log: log() };
  };
  const small = (code: string) => makeSdist(folder(), 'small-1.0', ownBackend(code));
  const nothingLeft = async (t: Test) => t.same(await left(), [], 'nothing is left');

  t.test('it can build now, and its target is whole', async (t) => {
    await builder.check();
    const about = await builder.about();
    t.ok(about.memory > 256 * MIB);
    t.match(about.version, /\d/);
    t.same(
      [...Value.Errors(TargetSchema, target)].map(({ message }) => message),
      [],
    );
    t.equal(target.builder, builder.kind);
    t.match(target, {
      ...{ platform: /^linux\//, environment: { sys_platform: 'linux', python_version: /^3\.\d+$/ } },
      python: { implementation: 'cpython', version: /^3\.\d+\.\d+/, executable: /^\// },
    });
    t.match(target.tags[0], /^cp3\d+-cp3\d+-manylinux/);
    await nothingLeft(t);
  });

  t.test('front ends make the same of the same', async (t) => {
    const sdist = await makeSdist(folder(), 'native-1.0', EXTENSION);
    const products = await Promise.all([build(sdist, { frontEnd: 'uv' }), build(sdist, { frontEnd: 'pip' })]);
    const members = [];
    for (const { product, log } of products) {
      t.match(product.filename, /^native-1\.0-cp3\d+-cp3\d+-linux_\w+\.whl$/);
      t.match(log, /wheel/i);
      members.push(await membersOf(product.path));
    }
    t.same(Object.keys(members[0] ?? {}), Object.keys(members[1] ?? {}));
    t.match(products[0].product.frontEnd, /^uv \d/);
    t.match(products[1].product.frontEnd, /^pip \d/);
  });

  t.test('the same again gives the same bytes, and what the sources say', async (t) => {
    const sdist = await makeSdist(folder(), 'pure-1.0', PURE);
    const first = await build(sdist);
    const second = await build(sdist);
    t.equal(first.product.filename, 'pure-1.0-py3-none-any.whl');
    t.ok((await readFile(first.product.path)).equals(await readFile(second.product.path)));
    t.match(await membersOf(first.product.path), { 'pure/__init__.py': 'answer = 42\n' });
  });

  t.test('the recipe reaches the build', async (t) => {
    const sdist = await small(`
assert os.environ['FLAVOUR'] == 'strong', os.environ
assert os.environ['UV_DEFAULT_INDEX'].startswith('http://127.0.0.1:'), os.environ
assert settings == {'key': 'a=b c'}, settings
${GOOD_WHEEL}`);
    const environment = { FLAVOUR: 'strong', UV_DEFAULT_INDEX: 'http://elsewhere.test/' };
    for (const frontEnd of ['uv', 'pip'] as const) {
      const { product } = await build(sdist, { environment, configSettings: { key: 'a=b c' }, frontEnd });
      t.equal(product.filename, 'small-1.0-py3-none-any.whl', frontEnd);
    }
  });

  t.test('a recipe bounds the build environment', async (t) => {
    const sdist = await makeSdist(folder(), 'small-1.0', {
      ...ownBackend(`
import setuptools
assert int(setuptools.__version__.split('.')[0]) < 80, setuptools.__version__
${GOOD_WHEEL}`),
      'pyproject.toml':
        '[build-system]\nrequires = ["setuptools>=70"]\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    });
    for (const frontEnd of ['uv', 'pip'] as const) {
      const { product } = await build(sdist, { buildConstraints: ['setuptools<80'], frontEnd });
      t.equal(product.filename, 'small-1.0-py3-none-any.whl', frontEnd);
    }
  });

  t.test('the environment of a build is made from nothing', async (t) => {
    const secrets = {
      AWS_SECRET_ACCESS_KEY: 'wheelmill-test-secret',
      WHEELMILL_TEST_TOKEN: 'wheelmill-test-secret',
      PIP_EXTRA_INDEX_URL: 'http://wheelmill-test-secret.test/',
      UV_EXTRA_INDEX_URL: 'http://wheelmill-test-secret.test/',
    };
    const before = new Map(Object.keys(secrets).map((name) => [name, process.env[name]]));
    Object.assign(process.env, secrets);
    t.teardown(() => {
      for (const [name, value] of before) if (value === undefined) delete process.env[name];
    });
    const sdist = await small(`
for name, value in os.environ.items():
    print('has', name, value, flush=True)
assert os.environ['SOURCE_DATE_EPOCH'] == '1700000000' and os.environ['PYTHONHASHSEED'] == '0'
assert os.umask(0o022) == 0o022
for name in ('HOME', 'TMPDIR'):
    assert os.path.commonpath([os.getcwd(), os.environ[name]]) != '/', name
assert sys.stdin.read() == ''
${GOOD_WHEEL}`);
    const { log } = await build(sdist);
    t.match(log, 'has HOME ');
    t.notMatch(log, 'wheelmill-test-secret');
    const names = [...log.matchAll(/^has (\w+) /gm)].map(([, name]) => name as string);
    t.same(
      names.filter((name) => !ENVIRONMENT.test(name)),
      [],
      'nothing that is not known',
    );
  });

  t.test('real sdists with C code', async (t) => {
    const sdist = await fetchSdist(folder(), 'markupsafe', '3.0.2');
    const before = proxy.requests.length;
    const { product } = await build(sdist);
    t.match(product.filename, /^markupsafe-3\.0\.2-cp3\d+-cp3\d+-linux_\w+\.whl$/i);
    t.ok(
      proxy.requests.slice(before).some((path) => /\/setuptools-[^/]*\.whl/.test(path)),
      'through the gateway',
    );
  });

  t.test('what a package lacks is named', async (t) => {
    const rows: [Record<string, string>, string, RegExp][] = [
      [{ ...EXTENSION, 'native.c': '#include <no_such_library.h>\n' }, 'missing-header', /no_such_library\.h/],
      [
        { ...EXTENSION, 'pyproject.toml': SETUPTOOLS.replace('"setuptools"', '"setuptools==0.0.0.1"') },
        'resolve-failed',
        /setuptools/,
      ],
      [ownBackend("subprocess.check_call(['wheelmill-no-such-tool'])"), 'missing-tool', /wheelmill-no-such-tool/],
    ];
    for (const [files, reason, message] of rows) {
      const failure = await failureOf(build(await makeSdist(folder(), 'native-1.0', files)));
      t.equal(failure.reason, reason, `${failure.message}\n${failure.logTail}`);
      t.match(failure.message, message);
    }
  });

  t.test('files that are no sdist', async (t) => {
    const text = 'this is no archive';
    const noArchive = async (filename: string) => {
      const path = join(folder(), filename);
      await writeFile(path, text);
      return { path, filename, size: text.length };
    };
    const empty = await makeSdist(folder(), 'small-1.0', {});
    for (const sdist of [empty, await noArchive('small-1.0.tar.gz'), await noArchive('small-1.0.zip')]) {
      const failure = await failureOf(build(sdist));
      t.equal(failure.reason, 'build-error', sdist.filename);
      t.match(failure.message, /cannot be unpacked/);
    }
  });

  t.test('a target that is not of this builder any more', async (t) => {
    const other = { ...target, build: { ...target.build, identity: '0'.repeat(64) } };
    const task = { ...taskOf(await small(GOOD_WHEEL)), target: other };
    const failure = await failureOf(builder.build(task, newRun(proxy.gateway).run));
    t.equal(failure.reason, 'worker-lost');
    t.match(failure.message, target.build.reference);
  });

  t.test('lists are resolved', async (t) => {
    const { run } = newRun(proxy.gateway);
    const pins = await builder.resolve(
      { target, list: listOf(['jinja2==3.1.4', 'markupsafe<3; python_version > "3"']) },
      run,
    );
    t.match(pins, [
      { name: 'jinja2', version: '3.1.4' },
      { name: 'markupsafe', version: /^2\./ },
    ]);
    const rows: [string[], string, RegExp][] = [
      [['jinja2==3.1.4', 'markupsafe<2'], 'resolve-failed', /markupsafe/],
      [['wheelmill-no-such-project-at-all'], 'no-such-version', /wheelmill-no-such-project-at-all/],
      [['markupsafe==0.0.0.1'], 'no-such-version', /markupsafe/],
    ];
    for (const [lines, reason, message] of rows) {
      const failure = await failureOf(builder.resolve({ target, list: listOf(lines) }, newRun(proxy.gateway).run));
      t.equal(failure.reason, reason, `${failure.message}\n${failure.logTail}`);
      t.match(failure.message, message);
    }
    const bounded = { ...listOf(['jinja2']), constraints: ['markupsafe==2.1.5', 'nobody-asks-for-this==1'] };
    t.match(
      await builder.resolve({ target, list: bounded }, newRun(proxy.gateway).run),
      [{ name: 'jinja2' }, { name: 'markupsafe', version: '2.1.5' }],
      'constraints bound what is needed, and ask for nothing',
    );
    await nothingLeft(t);
  });

  t.test('each limit by its name, and nothing is left', async (t) => {
    // Most rows wait; the processors need not stand idle meanwhile.
    const slots = pLimit(3);
    await Promise.all(
      Object.entries(FAILURES).map(([name, { code, limits, reason, message }]) =>
        slots(async () => {
          const task = taskOf(await small(code));
          const failure = await failureOf(builder.build(task, newRun(proxy.gateway, limits).run));
          t.equal(failure.reason, reason, `${name}: ${failure.message}\n${failure.logTail?.slice(-300)}`);
          t.match(failure.message, message, name);
          await rm(task.outputFolder, { recursive: true });
        }),
      ),
    );
    await nothingLeft(t);
  });

  t.test('a process in the background that holds the output does not hold the build', async (t) => {
    // The output of the front end itself: the build's own would only hold the front end.
    const sdist = await small(`
output = open('/proc/%d/fd/1' % os.getppid(), 'w')
subprocess.Popen(['sleep', '1000'], start_new_session=True, stdout=output, stderr=subprocess.DEVNULL)
${GOOD_WHEEL}`);
    const { run } = newRun(proxy.gateway, { silence: 60_000 });
    t.equal((await builder.build(taskOf(sdist), run)).filename, 'small-1.0-py3-none-any.whl');
    await nothingLeft(t);
  });

  t.test('an abort in mid-build leaves nothing', async (t) => {
    const sdist = await small('print("begun", flush=True)\nsubprocess.Popen(["sleep", "1000"])\ntime.sleep(1000)');
    const controller = new AbortController();
    const { run } = newRun(proxy.gateway, {}, controller.signal);
    run.log = {
      write: async (chunk) => {
        if (chunk.includes('begun')) controller.abort();
      },
    };
    const failure = await failureOf(builder.build(taskOf(sdist), run));
    t.equal(failure.reason, 'cancelled');
    await nothingLeft(t);
  });

  t.test('an abort before the start starts nothing', async (t) => {
    const { run, log } = newRun(proxy.gateway, {}, AbortSignal.abort());
    const failure = await failureOf(builder.build(taskOf(await small(GOOD_WHEEL)), run));
    t.equal(failure.reason, 'cancelled');
    t.equal(log(), '');
    await nothingLeft(t);
  });

  t.test('a log that cannot be written ends the build with its own error', async (t) => {
    const { run } = newRun(proxy.gateway);
    run.log = { write: async () => Promise.reject(new Error('the log is full')) };
    const task = taskOf(await small('print("hello", flush=True)\ntime.sleep(1000)'));
    await t.rejects(builder.build(task, run), { message: 'the log is full' });
    await nothingLeft(t);
  });
}

const MEMBERS = `
import json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
print(json.dumps({name: wheel.read(name).decode('latin1') for name in sorted(wheel.namelist())}))
`;

async function membersOf(wheel: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)('python3', ['-c', MEMBERS, wheel], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}
