import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { makeWheel } from '../check/zip-maker.ts';
import { runWheelmill } from '../services/command.ts';
import { docker, testTargets } from '../services/docker.ts';
import { json, post, prebuild, settled, states, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { listedFiles } from './stored-files.ts';

t.setTimeout(900_000);

const { runtime } = testTargets()[0]!;
const index = await startLocalIndex(t);
/** Compiles a library into the package that uses another one, and loads it when it is imported. */
const using = (name: string, call: string, library: string) => ({
  build: `
import subprocess
open('uses.c', 'w').write('extern int ${call}(void); int call(void) { return ${call}(); }')
subprocess.check_call(['gcc', '-shared', '-fPIC', 'uses.c', '-o', 'uses.so', '-l${library}'])
library = open('uses.so', 'rb').read()`,
  files: { [`${name}_lib/uses.so`]: 'library' },
  module: `"import ctypes, os\\nctypes.CDLL(os.path.join(os.path.dirname(__file__), '${name}_lib', 'uses.so')).call()\\n"`,
});
await index.addSdist('millpure', '1.0');
await index.addSdist('millpq', '1.0', using('millpq', 'PQlibVersion', 'pq'));
await index.addSdist('millapt', '1.0', using('millapt', 'PQlibVersion', 'pq'));
await index.addSdist('millopens', '1.0', { module: '"import ctypes\\nctypes.CDLL(\'libpq.so.5\')\\n"' });
await index.addSdist('millneeds', '1.0', { module: '"import millopens\\n"', metadata: 'Requires-Dist: millopens\n' });
await index.addSdist('millnowhere', '1.0', { module: '"import no_such_project\\n"' });
await index.addSdist('millcrash', '1.0', { module: '"import os\\nos.abort()\\n"' });
await index.addSdist('millwaits', '1.0', { module: '"import threading\\nthreading.Event().wait()\\n"' });

const dataFolder = t.testdir();
const settings = localSettings(index, dataFolder);
const server = await startServer(t, settings);
const { url } = server;
t.teardown(async () => {
  const engine = new Docker();
  const owner = (await readFile(join(dataFolder, 'bucket/installation'), 'utf8')).trim();
  const filters = { label: [`wheelmill.owner=${owner}`, 'wheelmill.packages=1'] };
  for (const { Id } of await engine.listImages({ filters })) await engine.getImage(Id).remove({ force: true });
});

const listed = (project: string) => listedFiles(url, project).catch(() => []);
const itemOf = (view: PrebuildView, project: string) => view.items.find((one) => one.project === project)!;
const buildOf = (view: PrebuildView, project: string) =>
  json<BuildView>(`${url}/api/v1/builds/${itemOf(view, project).build}`);

t.test('wheels that load in the runtime image are proven there', async (t) => {
  const view = await prebuild(url, 'millpq==1.0\nmillpure==1.0\n');
  t.equal(view.state, 'ready', JSON.stringify(view));
  t.match(view.proof, { state: 'proven', runtime, wheels: 2, modules: 2 });
  t.equal(view.slimReady, true);
  t.ok(view.phases!.proving! > 0);
  t.match(await buildOf(view, 'millpq'), { state: 'stored', proof: { state: 'proven', runtime } });
  t.equal((await listed('millpq')).length, 1);

  const again = await prebuild(url, 'millpure==1.0\nmillpq==1.0\n', 'refresh=true');
  t.same(states(again), { millpq: 'hit stored', millpure: 'hit stored' });
  t.equal(again.proof, undefined, 'they need no other proof');
  t.equal(again.slimReady, true);
});

t.test('those that need packages are proven with exactly these', async (t) => {
  const set = await runWheelmill(['recipe', 'set', 'millapt', '--libraries', 'apt'], { WHEELMILL_SERVER: url });
  t.equal(set.code, 0, set.err);
  const view = await prebuild(url, 'millapt==1.0\n');
  t.equal(view.state, 'ready', JSON.stringify(view));
  t.match(view, { apt: ['libpq5'], slimReady: false, proof: { state: 'proven', packages: ['libpq5'], modules: 1 } });
});

t.test('a wheel that does not load is on no page, and is kept', async (t) => {
  const view = await prebuild(url, 'millopens==1.0\nmillneeds==1.0\nmillnowhere==1.0\nmillcrash==1.0\n');
  t.same(states(view), {
    millopens: 'build failed proof-failed',
    millneeds: 'build stored',
    millnowhere: 'build stored',
    millcrash: 'build failed proof-failed',
  });
  t.equal(view.state, 'partial');
  t.match(itemOf(view, 'millopens').message, /^millopens of millopens-1\.0-.*\.whl cannot be imported in /);
  t.match(view.proof, {
    state: 'failed',
    failures: [
      { project: 'millopens', module: 'millopens', library: 'libpq.so.5', package: 'libpq5' },
      { project: 'millcrash', module: 'millcrash', message: /SIGABRT/ },
    ],
    notImported: [
      { project: 'millneeds', module: 'millneeds', because: itemOf(view, 'millopens').wheel!.filename },
      { project: 'millnowhere', module: 'millnowhere', message: /^ModuleNotFoundError: .*no_such_project/ },
    ],
  });
  t.same([await listed('millopens'), await listed('millcrash')], [[], []]);
  t.equal((await listed('millnowhere')).length, 1);
  const links = await (await fetch(view.wheels!)).text();
  t.same([links.includes('millopens-'), links.includes('millnowhere-')], [false, true]);

  const build = await buildOf(view, 'millopens');
  t.match(build, { state: 'failed', reason: 'proof-failed', message: /libpq5/, proof: { state: 'failed' } });
  const wheel = await fetch(build.download!);
  t.equal(Buffer.from(await wheel.arrayBuffer()).length, build.wheel!.size);
  const failures = await json<{ items: { key: string }[] }>(`${url}/api/v1/builds?project=millopens`);
  t.same(
    failures.items.map((one) => one.key),
    [build.key],
    'it is in the list of builds once',
  );

  await t.test('it is built and proven again when somebody asks for it again', async (t) => {
    const again = await prebuild(url, 'millopens==1.0\n');
    t.same(states(again), { millopens: 'build failed proof-failed' });
    t.match(await buildOf(again, 'millopens'), { run: 2, reason: 'proof-failed' });
  });

  await t.test('a build that is retried alone is proven alone', async (t) => {
    await fetch(`${url}/api/v1/builds/${build.key}/retry`, { method: 'POST' });
    const now = await until(
      () => json<BuildView>(`${url}/api/v1/builds/${build.key}`),
      (one) => one.run === 3 && one.state === 'failed',
    );
    t.match(now, { reason: 'proof-failed', proof: { state: 'failed' } });
    t.same(await listed('millopens'), []);
  });

  await t.test('who wants no proof has it, and is told', async (t) => {
    const folder = t.testdir({ 'requirements.txt': 'millopens==1.0\n' });
    const list = join(folder, 'requirements.txt');
    const ran = await runWheelmill(['prebuild', '--no-proof', '-r', list], { WHEELMILL_SERVER: url });
    t.match(ran, { code: 0, out: /Not proven: The list was sent with proof=false\./ });
    t.match(ran.out, /\/prebuilds\/[0-9a-f]{32}\/wheels\//, 'the lines name the prebuild');
    const unproven = await prebuild(url, 'millopens==1.0\n', 'proof=false');
    t.match(unproven, { state: 'ready', slimReady: false, proof: { state: 'skipped' } });
    t.match(await (await fetch(unproven.wheels!)).text(), 'millopens-1.0');
    t.same(await listed('millopens'), [], 'no page of the index has it');
  });
});

t.test('a recipe says what is imported', async (t) => {
  const recipe = (...words: string[]) => runWheelmill(['recipe', ...words], { WHEELMILL_SERVER: url });
  t.equal((await recipe('set', 'millnowhere', '--import', 'millnowhere', '--import', 'json.tool')).code, 0);
  const set = await recipe('set', 'millcrash', '--import', 'json', '--import', 'no-module');
  t.match(set, { code: 2, err: /imports/ });
  t.equal((await recipe('set', 'millcrash', '--import', 'json')).code, 0);
  const view = await prebuild(url, 'millcrash==1.0\n');
  t.match(view, { state: 'ready', proof: { state: 'proven', modules: 1 }, items: [{ kind: 'build' }] });
  t.equal((await listed('millcrash')).length, 1, 'what failed once is listed when it is proven');
});

t.test('wheels of upstream are looked at when they are first had', async (t) => {
  const { build } = testTargets()[0]!;
  const compile = 'cd /tmp; echo "int PQlibVersion(void); int call(void) { return PQlibVersion(); }" > a.c; ';
  const encoded = await docker(
    'run',
    '--rm',
    build,
    'sh',
    '-ec',
    `${compile} gcc -shared a.c -o a.so -lpq; base64 a.so`,
  );
  const entries = [{ name: 'demo_pkg/a.so', data: Buffer.from(encoded, 'base64') }];
  index.addWheel('demo-pkg', 'demo_pkg-1.0-py3-none-any.whl', makeWheel({ entries }));
  const view = await prebuild(url, 'demo-pkg==1.0\nmillpure==1.0\n');
  t.match(view, {
    state: 'ready',
    apt: ['libpq5'],
    slimReady: false,
    proof: { state: 'proven', packages: ['libpq5'], wheels: 2, modules: 0 },
    items: [
      { kind: 'mirror', needs: [{ soname: 'libpq.so.5', package: 'libpq5' }] },
      { kind: 'hit', needs: [] },
    ],
  });
  const later = await prebuild(url, 'demo-pkg==1.0\n');
  t.match(later, { apt: ['libpq5'], items: [{ kind: 'hit' }] });
  t.equal(later.proof, undefined, 'it is known now');
});

t.test('wheels are not listed before they are proven, and a proof can be cancelled', async (t) => {
  const { body } = await post(url, 'millwaits==1.0\n');
  const view = await until(
    () => json<PrebuildView>(`${url}/api/v1/prebuilds/${body.id}`),
    (one) => one.state === 'proving',
  );
  t.match(view, { items: [{ state: 'stored' }] });
  t.same(await listed('millwaits'), []);
  t.notMatch(await (await fetch(`${url}/prebuilds/${body.id}/wheels/`)).text(), 'millwaits-1.0');
  await fetch(`${url}/api/v1/prebuilds/${body.id}`, { method: 'DELETE' });
  t.match(await settled(url, body.id), { state: 'cancelled', items: [{ state: 'stored' }] });
  t.same(await listed('millwaits'), []);
  const cli = await prebuild(url, 'millwaits==1.0\n', 'proof=false');
  t.match(cli, { state: 'ready', items: [{ kind: 'hit' }] });
});

t.test('a server that dies while it proves goes on with that', async (t) => {
  await index.addSdist('milldies', '1.0');
  const { body } = await post(url, 'milldies==1.0\n');
  await until(
    () => json<PrebuildView>(`${url}/api/v1/prebuilds/${body.id}`),
    (one) => one.state === 'proving',
  );
  await server.kill();
  const next = await startServer(t, settings);
  t.match(await settled(next.url, body.id), { state: 'ready', attempt: 1, proof: { state: 'proven', modules: 1 } });
  t.equal((await listedFiles(next.url, 'milldies')).length, 1);
});
