import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import Value from 'typebox/value';
import type { Recipe } from '../../../src/core/records/recipe.ts';
import { TargetSchema } from '../../../src/core/records/target.ts';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { fetchSdist, startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, failureOf, folder, newRun, startBuilder } from './harness.ts';

const { builder, owner, pair, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());

const SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';
const EXTENSION = {
  'pyproject.toml': `${SETUPTOOLS}\n[project]\nname = "native"\nversion = "1.0"\n`,
  'setup.py': 'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("native", ["native.c"])])\n',
  'native.c': `#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
`,
};

async function makeText(filename: string) {
  const path = join(folder(), filename);
  const text = 'this is no archive';
  await writeFile(path, text);
  return { path, filename, size: text.length };
}

type Source = Awaited<ReturnType<typeof makeSdist>>;
async function build(sdist: Source, recipe: Recipe = {}) {
  const { run, log } = newRun(proxy.gateway);
  const task = { target, sdist, recipe, outputFolder: folder(), sourceDate: 1_700_000_000 };
  return { product: await builder.build(task, run), log: log() };
}

t.test('the engine answers', async () => builder.check());

t.test('a pair is probed', async (t) => {
  t.ok(Value.Check(TargetSchema, target), [...Value.Errors(TargetSchema, target)].map(({ message }) => message).join());
  t.match(target, {
    name: 'test',
    builder: 'docker',
    build: { reference: pair.build, identity: /^[0-9a-f]{64}$/ },
    runtime: { reference: pair.runtime, identity: /^[0-9a-f]{64}$/ },
    platform: /^linux\//,
    python: { implementation: 'cpython', version: /^3\.\d+\.\d+/, executable: /^\// },
    distribution: { id: 'debian' },
    environment: { sys_platform: 'linux', python_version: /^3\.\d+$/ },
    pipIndex: /^https?:/,
  });
  t.match(target.tags[0], /^cp3\d+-cp3\d+-manylinux/);
  t.same(await containersOf(owner), []);
});

t.test('an image that is nowhere', async (t) => {
  const missing = { ...pair, build: '127.0.0.1:9/no/such:image' };
  await t.rejects(builder.probe(missing, { signal: new AbortController().signal }), {
    code: /engine-unavailable|bad-config/,
    message: /127\.0\.0\.1:9\/no\/such:image/,
  });
});

t.test('an engine that is nowhere', async (t) => {
  const nowhere = createDockerBuilder({ owner, docker: { socketPath: `${folder()}/none.sock` } });
  await t.rejects(nowhere.check(), { code: 'engine-unavailable', message: /DOCKER_HOST/ });
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const { run } = newRun(proxy.gateway);
  const failure = await failureOf(
    nowhere.build({ target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 }, run),
  );
  t.equal(failure.reason, 'worker-lost');
  await nowhere.close();
});

t.test('a target whose image this engine does not have', async (t) => {
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const other = { ...target, build: { ...target.build, identity: '0'.repeat(64) } };
  const task = { target: other, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 };
  const failure = await failureOf(builder.build(task, newRun(proxy.gateway).run));
  t.equal(failure.reason, 'worker-lost');
  t.match(failure.message, pair.build);
});

t.test('front ends make the same of the same', async (t) => {
  const sdist = await makeSdist(folder(), 'native-1.0', EXTENSION);
  const products = await Promise.all([build(sdist, { frontEnd: 'uv' }), build(sdist, { frontEnd: 'pip' })]);
  for (const { product, log } of products) {
    t.match(product.filename, /^native-1\.0-cp3\d+-cp3\d+-linux_\w+\.whl$/);
    t.same((await readFile(product.path)).subarray(0, 2).toString(), 'PK', 'a zip file');
    t.match(log, /wheel/i);
  }
  t.match(products[0].product.frontEnd, /^uv \d/);
  t.match(products[1].product.frontEnd, /^pip \d/);
});

t.test('the same again gives the same bytes', async (t) => {
  const sdist = await makeSdist(folder(), 'pure-1.0', {
    'pyproject.toml': `${SETUPTOOLS}\n[project]\nname = "pure"\nversion = "1.0"\n`,
    'pure/__init__.py': 'answer = 42\n',
  });
  const [first, second] = await Promise.all([build(sdist), build(sdist)]);
  t.equal(first.product.filename, 'pure-1.0-py3-none-any.whl');
  t.ok((await readFile(first.product.path)).equals(await readFile(second.product.path)));
});

t.test('the recipe reaches the build', async (t) => {
  const code = `
assert os.environ['FLAVOUR'] == 'strong', os.environ
assert os.environ['UV_DEFAULT_INDEX'].startswith('http://127.0.0.1:8080/')
assert settings == {'key': 'a=b c'}, settings
${GOOD_WHEEL}`;
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(code));
  const environment = { FLAVOUR: 'strong', UV_DEFAULT_INDEX: 'http://elsewhere.test/' };
  for (const frontEnd of ['uv', 'pip'] as const) {
    const { product } = await build(sdist, { environment, configSettings: { key: 'a=b c' }, frontEnd });
    t.equal(product.filename, 'small-1.0-py3-none-any.whl', frontEnd);
  }
});

t.test('what is around a build', async (t) => {
  const code = `
assert os.getuid() == 1000 and os.getcwd() == '/build/src/small-1.0'
assert 'CapEff:\\t0000000000000000' in open('/proc/self/status').read()
assert 'NoNewPrivs:\\t1' in open('/proc/self/status').read()
for path in ('/etc/x', '/toolbox/x', '/usr/x', '/dev/x', '/x'):
    try:
        open(path, 'w')
    except OSError:
        continue
    raise AssertionError(path)
assert not os.path.exists('/var/run/docker.sock')
import multiprocessing
multiprocessing.Lock()
for pid in filter(str.isdigit, os.listdir('/proc')):
    if os.stat('/proc/' + pid).st_uid != 1000:
        try:
            os.kill(int(pid), 9)
        except PermissionError:
            continue
        raise AssertionError(pid)
${GOOD_WHEEL}`;
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(code));
  t.equal((await build(sdist)).product.filename, 'small-1.0-py3-none-any.whl');
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
    [
      ownBackend("import urllib.request\nurllib.request.urlopen('http://example.com/')"),
      'needs-network',
      /name resolution|not known/i,
    ],
  ];
  for (const [files, reason, message] of rows) {
    const failure = await failureOf(build(await makeSdist(folder(), 'native-1.0', files)));
    t.equal(failure.reason, reason, `${failure.message}\n${failure.logTail}`);
    t.match(failure.message, message);
  }
});

t.test('files that are no sdist', async (t) => {
  const empty = await makeSdist(folder(), 'small-1.0', {});
  const rows = [empty, await makeText('small-1.0.tar.gz'), await makeText('small-1.0.zip')];
  for (const sdist of rows) {
    const failure = await failureOf(build(sdist));
    t.equal(failure.reason, 'build-error', sdist.filename);
    t.match(failure.message, /cannot be unpacked/);
  }
});

t.test('lists are resolved', async (t) => {
  const { run } = newRun(proxy.gateway);
  const pins = await builder.resolve({ target, lines: ['jinja2==3.1.4', 'markupsafe<3; python_version > "3"'] }, run);
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
    const failure = await failureOf(builder.resolve({ target, lines }, newRun(proxy.gateway).run));
    t.equal(failure.reason, reason, `${failure.message}\n${failure.logTail}`);
    t.match(failure.message, message);
  }
});

t.test('nothing is left', async (t) => t.same(await containersOf(owner), []));
