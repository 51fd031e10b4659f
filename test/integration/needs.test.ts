import { join } from 'node:path';
import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { json, prebuild } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';

t.setTimeout(300_000);

/** Compiles a library into the package: it uses libpq, which the build image has and the runtime image has not. */
const COMPILE = `
import subprocess
open('uses.c', 'w').write('extern int PQlibVersion(void); int version(void) { return PQlibVersion(); }')
subprocess.check_call(['gcc', '-shared', '-fPIC', 'uses.c', '-o', 'uses.so', '-lpq'])
library = open('uses.so', 'rb').read()`;

t.test('what wheels need at run time', async (t) => {
  const [target] = testTargets();
  const index = await startLocalIndex(t);
  await index.addSdist('millpure', '1.0');
  await index.addSdist('millpq', '1.0', { build: COMPILE, files: { 'uses.so': 'library' } });
  const folder = t.testdir({ 'requirements.txt': 'millpq==1.0\nmillpure==1.0\n', data: {} });
  const server = await startServer(t, localSettings(index, join(folder, 'data')));
  const view = await prebuild(server.url, 'millpq==1.0\nmillpure==1.0\n');

  await t.test('is said of each item and of the list', async (t) => {
    t.equal(view.state, 'ready');
    t.same(view.apt, ['libpq5']);
    const needs = Object.fromEntries(view.items.map((one) => [one.project, one.needs]));
    t.same(needs, { millpq: [{ soname: 'libpq.so.5', package: 'libpq5' }], millpure: [] });
  });

  await t.test('is said of each build, and in its log', async (t) => {
    const key = view.items.find((one) => one.project === 'millpq')!.build;
    const build = await json<BuildView>(`${server.url}/api/v1/builds/${key}`);
    t.same(build.needs, [{ soname: 'libpq.so.5', package: 'libpq5' }]);
    const log = await (await fetch(build.log)).text();
    t.match(log, `in ${target!.runtime} it needs libpq.so.5 (libpq5)`);
  });

  await t.test('is the same where all is stored already', async (t) => {
    const again = await prebuild(server.url, 'millpq==1.0\n');
    t.same([again.items[0]!.kind, again.apt], ['hit', ['libpq5']]);
  });

  await t.test('comes as a line for the Dockerfile', async (t) => {
    const ran = await runWheelmill(['prebuild', '-r', join(folder, 'requirements.txt')], {
      WHEELMILL_SERVER: server.url,
    });
    t.match(
      ran.out,
      `FROM ${target!.runtime}\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5 \\\n`,
    );
  });

  await t.test('and is what slim lacks', async (t) => {
    const url = `${server.url}/prebuilds/${view.id}/wheels/`;
    const script = `pip install -q --no-index --find-links ${url} millpq
python3 - <<'END'
import ctypes, os, millpq
try:
    ctypes.CDLL(os.path.join(os.path.dirname(millpq.__file__), 'uses.so'))
except OSError as error:
    print(error)
END`;
    t.match(await inSlim(target!.runtime, script), 'libpq.so.5: cannot open shared object file');
  });
});
