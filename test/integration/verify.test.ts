import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { runWheelmill } from '../services/command.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { makeSdist } from '../workers/run/sdist.ts';
import { json, prebuild } from './client.ts';
import { type LocalIndex, startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { startApart } from './redis-server.ts';

t.setTimeout(600_000);

const run = promisify(execFile);

/** Has a list built; gives the build keys by project. */
async function built(url: string, list: string): Promise<{ id: string; keys: Record<string, string> }> {
  const { id, items } = await prebuild(url, list);
  return { id, keys: Object.fromEntries(items.flatMap(({ project, build }) => (build ? [[project, build]] : []))) };
}

async function ask(url: string, key: string) {
  const answer = await fetch(`${url}/api/v1/builds/${key}/verify`, { method: 'POST' });
  return { status: answer.status, body: (await answer.json()) as { url: string; code?: string; detail?: string } };
}

/** Asks for a verification and waits for its end. */
async function verified(t: Test, url: string, key: string): Promise<NonNullable<BuildView['verification']>> {
  t.match(await ask(url, key), { status: 202, body: { url: `${url}/api/v1/builds/${key}`, verification: Object } });
  for (;;) {
    const { verification } = await json<BuildView>(`${url}/api/v1/builds/${key}?wait=60`);
    if (verification?.endedAt) return verification;
  }
}

/** What a test offers as the build tool `milltool`: its version shows in what is built with it. */
const WITH_TOOL = { requires: ['milltool'], module: "'tool = ' + __import__('milltool').VALUE + '\\n'" };

/** Prints the bytes of the one library in a wheel. */
const LIBRARY = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
[name] = [name for name in wheel.namelist() if name.endswith('.so')]
sys.stdout.buffer.write(wheel.read(name))
`;

/** `millheader` in C, which includes a header that the wheel `millinclude` brings into its build environment. */
async function addHeaderPackages(index: LocalIndex, folder: string): Promise<void> {
  const header = await realWheel('millinclude', '1.0', [], {
    'millinclude/__init__.py': '',
    'millinclude/mill.h': 'static inline int turn(int by) { return by * 7; }\n',
  });
  index.addWheel('millinclude', header.filename, header.bytes);
  const { path, filename } = await makeSdist(join(folder, 'sdist'), 'millheader-1.0', {
    'PKG-INFO': 'Metadata-Version: 2.1\nName: millheader\nVersion: 1.0\n',
    'pyproject.toml':
      '[build-system]\nrequires = ["setuptools", "millinclude"]\nbuild-backend = "setuptools.build_meta"\n',
    'setup.py': `import os, millinclude
from setuptools import Extension, setup
include = os.path.dirname(millinclude.__file__)
setup(name='millheader', version='1.0', ext_modules=[Extension('millheader', ['mill.c'], include_dirs=[include], extra_compile_args=['-g'])])
`,
    'mill.c': `#include <Python.h>
#include <mill.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(turn(6)); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "millheader", 0, -1, methods};
PyMODINIT_FUNC PyInit_millheader(void) { return PyModule_Create(&module); }
`,
  });
  index.addWheel('millheader', filename, await readFile(path));
}

t.test('stored wheels built again on one server', async (t) => {
  const index = await startLocalIndex(t);
  const tool = await realWheel('milltool', '1.0');
  const toolHash = createHash('sha256').update(tool.bytes).digest('hex');
  index.addWheel('milltool', tool.filename, tool.bytes);
  await index.addSdist('millclock', '1.0', { module: "f'made = {time.time_ns()}\\n'" });
  await index.addSdist('millwith', '1.0', WITH_TOOL);
  await index.addSdist('millbroken', '1.0', { build: 'raise RuntimeError("never")' });
  await index.addSdist('millonce', '1.0');
  await addHeaderPackages(index, t.testdir({ sdist: {}, data: {} }));
  const dataFolder = join(t.testdirName, 'data');
  const bucket = (key: string) => join(dataFolder, 'bucket', key);
  const server = await startServer(t, localSettings(index, dataFolder));
  const { url } = server;
  const { keys } = await built(url, 'millclock==1.0\nmillwith==1.0\nmillbroken==1.0\nmillonce==1.0\n');
  const cli = (args: string[]) => runWheelmill(['verify', ...args], { WHEELMILL_SERVER: url });

  await t.test('real sdists: one in C, one pure', async (t) => {
    const real = await built(url, 'netifaces==0.11.0\ndocopt==0.6.2\n');
    for (const project of ['netifaces', 'docopt']) {
      const before = await json<BuildView>(`${url}/api/v1/builds/${real.keys[project]}`);
      const verification = await verified(t, url, real.keys[project]!);
      t.match(verification, { state: 'done', reproducible: true, differences: [] }, project);
      t.same(verification.wheel?.rebuilt, before.wheel, 'the same name, hash and size');
      t.same(verification.image, { built: before.image, rebuilt: before.image });
      const byHash = (one: BuildView['buildRequirements']) => one?.map(({ sha256 }) => sha256).sort();
      t.same(byHash(verification.buildRequirements), byHash(before.buildRequirements), 'with the same requirements');
      t.ok(
        before.buildRequirements?.every((one) => one.sha256),
        'each of which has its hash',
      );
    }
    const ran = await cli([real.id]);
    t.equal(ran.code, 0, ran.err);
    t.match(ran.out, /^docopt 0\.6\.2: reproducible \(docopt-0\.6\.2-1_[0-9a-f]{8}-py2\.py3-none-any\.whl\)$/m);
    t.match(ran.out, /^netifaces 0\.11\.0: reproducible/m);
  });

  await t.test(
    'a module in C with a header of its build environment, whose path differs from build to build',
    async (t) => {
      // Else its debug information is left out, and the paths with it.
      const recipe = await fetch(`${url}/api/v1/recipes/millheader`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ recipes: [{ debugInformation: 'keep' }] }),
      });
      t.equal(recipe.status, 200, await recipe.text());
      const key = (await built(url, 'millheader==1.0\n')).keys.millheader!;
      const { wheel } = await json<BuildView>(`${url}/api/v1/builds/${key}`);
      const zip = bucket(paths.wheelFile('millheader', wheel!.sha256, wheel!.filename));
      const { stdout: library } = await run('python3', ['-c', LIBRARY, zip], {
        encoding: 'latin1',
        maxBuffer: 1 << 24,
      });
      t.match(library, '/build/env/lib/', 'debug information names the header');
      t.notMatch(library, 'builds-v0', 'and not by the path that it had');
      t.match(await verified(t, url, key), { reproducible: true, differences: [] });
    },
  );

  await t.test('a module that holds the time of its build', async (t) => {
    const key = keys.millclock!;
    const page = await (await fetch(`${url}/stored/simple/millclock/`)).text();
    const record = await readFile(bucket(paths.buildRecord(key)), 'utf8');
    const { differences = [], ...verification } = await verified(t, url, key);
    t.match(verification, { state: 'done', reproducible: false });
    t.same(
      differences.map(({ member, kind, follows = false }) => [member, kind, follows]),
      [
        ['millclock.py', 'content', false],
        ['millclock-1.0.dist-info/WHEEL', 'content', true],
        ['millclock-1.0.dist-info/RECORD', 'content', true],
      ],
    );
    for (const { stored, rebuilt } of differences) {
      t.match(stored, /^[0-9a-f]{64}$/);
      t.not(stored, rebuilt);
    }
    t.equal(await (await fetch(`${url}/stored/simple/millclock/`)).text(), page, 'nothing was published');
    t.equal(await readFile(bucket(paths.buildRecord(key)), 'utf8'), record, 'and the record of the build is as it was');
    const ran = await cli([key]);
    t.equal(ran.code, 1);
    t.match(
      ran.out,
      /^millclock 1\.0: not reproducible.*:\n {2}millclock\.py: content\n.*WHEEL: content, which follows/,
    );
    const forPrograms = JSON.parse((await cli([key, '--json'])).out);
    t.match(forPrograms, [{ key, verification: { reproducible: false } }]);
  });

  await t.test('the build tool has a newer version, then is yanked, then is gone', async (t) => {
    const key = keys.millwith!;
    const newer = await realWheel('milltool', '2.0');
    index.addWheel('milltool', newer.filename, newer.bytes);
    t.match(await verified(t, url, key), {
      reproducible: true,
      buildRequirements: [{ name: 'milltool', version: '1.0', sha256: toolHash }],
    });

    index.remove('milltool');
    index.addWheel('milltool', tool.filename, tool.bytes, { yanked: 'it was wrong' });
    index.addWheel('milltool', newer.filename, newer.bytes);
    t.match(await verified(t, url, key), { reproducible: true }, 'a pin may name a yanked file (PEP 592)');

    const gone = {
      state: 'failed',
      reason: 'not-verifiable',
      message: `milltool 1.0 (sha256 ${toolHash})`,
      hint: String,
    };
    index.remove('milltool');
    index.addWheel('milltool', newer.filename, newer.bytes);
    t.match(await verified(t, url, key), gone);
    index.remove('milltool');
    t.match(await verified(t, url, key), gone, 'the whole project');
    index.addWheel('milltool', tool.filename, Buffer.concat([tool.bytes, Buffer.from('\n')]));
    t.match(await verified(t, url, key), gone, 'or the same name with other bytes');
    const ran = await cli([key]);
    t.equal(ran.code, 1);
    t.match(
      ran.out,
      /^millwith 1\.0: the rebuild failed: not-verifiable: .* no longer on the index: milltool 1\.0 \(sha256/,
    );
    t.notOk((await json<BuildView>(`${url}/api/v1/builds/${key}`)).verification?.reproducible);
  });

  await t.test('what cannot be verified', async (t) => {
    const unknown = '0'.repeat(64);
    const wheel = (await json<BuildView>(`${url}/api/v1/builds/${keys.millonce}`)).wheel!;
    const bytes = bucket(paths.wheelFile('millonce', wheel.sha256, wheel.filename));
    await appendFile(bytes, 'x');
    t.match(await verified(t, url, keys.millonce!), {
      state: 'failed',
      reason: 'hash-mismatch',
      message: wheel.filename,
    });

    const [target] = (await json<{ items: { name: string }[] }>(`${url}/api/v1/targets`)).items;
    const targetFile = bucket(paths.target(target!.name));
    const whole = await readFile(targetFile, 'utf8');
    const changed = JSON.parse(whole);
    await writeFile(targetFile, JSON.stringify({ ...changed, procedure: 'docker-0' }));
    t.match(await ask(url, keys.millonce!), {
      status: 409,
      body: { code: 'not-verifiable', detail: /another version/ },
    });
    changed.build.identity = 'f'.repeat(64);
    await writeFile(targetFile, JSON.stringify(changed));
    t.match(await ask(url, keys.millonce!), {
      status: 409,
      body: { detail: /No target has the image.*WHEELMILL_TARGETS/ },
    });
    await writeFile(targetFile, whole);

    await rm(bucket(paths.wheelRecord('millonce', wheel.filename)));
    const rows: [key: string, status: number, detail: RegExp][] = [
      [keys.millbroken!, 409, /did not end with a wheel/],
      [keys.millonce!, 409, /is no longer stored/],
      [unknown, 404, /There is no build/],
      ['short', 404, /There is no build/],
    ];
    for (const [key, status, detail] of rows)
      t.match(await ask(url, key), { status, body: { detail } }, String(detail));
    const usage: [args: string[], code: number, err: RegExp][] = [
      [[unknown], 2, /There is no build/],
      [['nonsense'], 2, /neither a build key .* nor a prebuild id/],
      [['f'.repeat(32)], 2, /prebuild/],
      [[keys.millonce!], 2, /is no longer stored/],
    ];
    for (const [args, code, err] of usage) t.match(await cli(args), { code, out: '', err });
  });
});

t.test('a queue that is wiped loses no verification', async (t) => {
  const index = await startLocalIndex(t);
  await index.addSdist('millkept', '1.0');
  const settings = { ...localSettings(index, t.testdir()), WHEELMILL_UPKEEP_INTERVAL: '1s' };
  const { api, redisUrl, startWorker } = await startApart(t, settings);
  const first = await startWorker();
  const { keys } = await built(api.url, 'millkept==1.0\n');
  await first.stop();
  const key = keys.millkept!;
  t.equal((await ask(api.url, key)).status, 202);
  t.match(await json<BuildView>(`${api.url}/api/v1/builds/${key}`), {
    state: 'stored',
    verification: { state: 'queued', waiting: { code: 'no-worker', message: String } },
  });
  t.equal((await ask(api.url, key)).status, 202, 'asked again it stays one');
  const redis = new Redis(redisUrl);
  await redis.flushall();
  redis.disconnect();
  const second = await startWorker();
  t.match(await verified(t, api.url, key), { state: 'done', reproducible: true });
  t.match(second.log(), /upkeep put lost work back/);
});
