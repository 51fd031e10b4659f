import { join } from 'node:path';
import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import type { ProjectView } from '../../src/api/projects/view.ts';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { json, prebuild } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';

t.setTimeout(300_000);

/** Compiles a library into the package that uses another one, which the build image has and the runtime image has not. */
const compile = (call: string, library: string) => `
import subprocess
open('uses.c', 'w').write('extern int ${call}(void); int call(void) { return ${call}(); }')
subprocess.check_call(['gcc', '-shared', '-fPIC', 'uses.c', '-o', 'uses.so', '-l${library}'])
library = open('uses.so', 'rb').read()`;
const files = { 'uses.so': 'library' };
/** auditwheel puts libpq into wheels; GLib it takes for a part of every system. */
const PQ = compile('PQlibVersion', 'pq');
const GLIB = compile('g_random_int', 'glib-2.0');
const GLIB_NEED = { soname: 'libglib-2.0.so.0', package: /^libglib2\.0-0/ };

t.test('what wheels need at run time', async (t) => {
  const [target] = testTargets();
  const index = await startLocalIndex(t);
  await index.addSdist('millpure', '1.0');
  await index.addSdist('millpq', '1.0', { build: PQ, files });
  await index.addSdist('millglib', '1.0', { build: GLIB, files });
  const list = 'millpq==1.0\nmillglib==1.0\nmillpure==1.0\n';
  const folder = t.testdir({ 'requirements.txt': list, data: {} });
  const server = await startServer(t, localSettings(index, join(folder, 'data')));
  // How they are proven is another test's matter.
  const view = await prebuild(server.url, list, 'proof=false');
  const buildOf = (project: string) => {
    const key = view.items.find((one) => one.project === project)!.build;
    return `${server.url}/api/v1/builds/${key}`;
  };

  await t.test('is said of each item and of the list', async (t) => {
    t.equal(view.state, 'ready', JSON.stringify(view.items));
    t.match(view.apt, [GLIB_NEED.package]);
    const needs = Object.fromEntries(view.items.map((one) => [one.project, one.needs]));
    t.match(needs, { millpq: [], millglib: [GLIB_NEED], millpure: [] });
  });

  await t.test('is said of each build, and in its log', async (t) => {
    const build = await json<BuildView>(buildOf('millglib'));
    t.match(build.needs, [GLIB_NEED]);
    t.notOk(build.bundled);
    t.match(await (await fetch(build.log)).text(), `in ${target!.runtime} it needs libglib-2.0.so.0 (libglib2.0-0`);
  });

  await t.test('is put into wheels where it can be', async (t) => {
    const build = await json<BuildView>(buildOf('millpq'));
    t.match(build.wheel!.filename, /^millpq-1\.0-1_[0-9a-f]{8}-py3-none-manylinux_2_\d+_\w+\.whl$/);
    t.same(build.needs, []);
    t.match(
      build.bundled!.find((one) => one.package === 'libpq5'),
      { soname: 'libpq.so.5', version: /^\d/ },
    );
  });

  await t.test('is said of stored wheels', async (t) => {
    const { wheels } = await json<ProjectView>(`${server.url}/api/v1/projects/millpq`);
    t.ok(wheels[0]!.bundled!.some((one) => one.package === 'libpq5'));
    t.ok(
      wheels[0]!.libraries!.some((one) => one.package === 'libc6'),
      'all that it asks for, not only what is missing',
    );
  });

  await t.test('gives the same bytes when it is built again', async (t) => {
    await fetch(`${buildOf('millpq')}/verify`, { method: 'POST' });
    const { verification } = await json<BuildView>(`${buildOf('millpq')}?wait=120`);
    t.match(verification, { state: 'done', reproducible: true });
  });

  await t.test('is the same where all is stored already', async (t) => {
    const again = await prebuild(server.url, 'millglib==1.0\nmillpq==1.0\n');
    t.same([again.items.map((one) => one.kind), again.apt], [['hit', 'hit'], view.apt]);
  });

  await t.test('is left to packages where a recipe says so', async (t) => {
    const set = await runWheelmill(['recipe', 'set', 'millpq', '--libraries', 'apt'], { WHEELMILL_SERVER: server.url });
    t.equal(set.code, 0, set.err);
    const { items, apt } = await prebuild(server.url, 'millpq==1.0\n', 'refresh=true&proof=false');
    t.match(items, [{ kind: 'build', needs: [{ soname: 'libpq.so.5', package: 'libpq5' }] }]);
    t.same(apt, ['libpq5']);
    await runWheelmill(['recipe', 'remove', 'millpq'], { WHEELMILL_SERVER: server.url });
  });

  await t.test('comes as a line for the Dockerfile', async (t) => {
    const ran = await runWheelmill(['prebuild', '-r', join(folder, 'requirements.txt')], {
      WHEELMILL_SERVER: server.url,
    });
    const [packages] = view.apt!;
    t.match(
      ran.out,
      `FROM ${target!.runtime}\nRUN apt-get update && apt-get install -y --no-install-recommends ${packages} \\\n`,
    );
  });

  await t.test('and is what slim lacks', async (t) => {
    const url = `${server.url}/prebuilds/${view.id}/wheels/`;
    const load = (project: string) => `pip install -q --no-index --find-links ${url} ${project}
python3 - <<'END'
import ctypes, os, ${project}
try:
    print(ctypes.CDLL(os.path.join(os.path.dirname(${project}.__file__), 'uses.so')).call())
except OSError as error:
    print(error)
END`;
    t.match(await inSlim(target!.runtime, load('millpq')), /^\d{6}$/m);
    t.match(await inSlim(target!.runtime, load('millglib')), 'libglib-2.0.so.0: cannot open shared object file');
  });
});
