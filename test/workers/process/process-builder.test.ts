import t from 'tap';
import { buildWheel } from '../../../src/workers/process/build.ts';
import { absolutePath } from '../../../src/workers/process/interpreter.ts';
import { createProcessBuilder } from '../../../src/workers/process/process-builder.ts';
import { resolveList } from '../../../src/workers/process/resolve.ts';
import { createWorkFolders } from '../../../src/workers/process/work-folder.ts';
import { testBuilder } from '../../contract/builder.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { leftIn } from './left.ts';

const home = folder();
const builder = createProcessBuilder({ folder: home, path: process.env.PATH });
const target = await builder.probe(
  { name: 'local', build: 'local', runtime: 'local' },
  { signal: new AbortController().signal },
);
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(900_000);
const left = () => leftIn(home);
const taskOf = async (code: string) => ({
  ...{ target, sdist: await makeSdist(folder(), 'small-1.0', ownBackend(code)), recipe: {} },
  ...{ outputFolder: folder(), sourceDate: 0 },
});

t.test('the contract', (t) => testBuilder(t, { builder, target, proxy, left }));

t.test('the target is this machine, and no image', async (t) => {
  t.match(target, { name: 'local', build: { reference: 'local' }, runtime: { reference: 'local' } });
  t.equal(target.build.identity, target.runtime.identity);
  t.match(target.procedure, /^process-\d+-[0-9a-f]{64}$/);
});

t.test('without python3 it says what to install', async (t) => {
  const nowhere = createProcessBuilder({ folder: folder(), path: folder() });
  await t.rejects(nowhere.check(), { code: 'bad-config', message: /no python3.*apt-get install.*or a Docker engine/ });
});

t.test('a path that means something else elsewhere is not passed on', async (t) => {
  t.equal(absolutePath('bin:/usr/bin::./x:/opt/bin'), '/usr/bin:/opt/bin');
  t.equal(absolutePath(undefined), '/usr/local/bin:/usr/bin:/bin');
});

t.test('a build that kills its keeper is ended with all it has started', async (t) => {
  const task = await taskOf(`
subprocess.Popen(['sleep', '1000'], start_new_session=True)
pid = os.getppid()
while 'PR_SET_CHILD_SUBREAPER' not in open('/proc/%d/cmdline' % pid).read():
    pid = int(open('/proc/%d/stat' % pid).read().rpartition(')')[2].split()[1])
os.kill(pid, 9)
time.sleep(1000)`);
  const failure = await failureOf(builder.build(task, newRun(proxy.gateway).run));
  t.equal(failure.reason, 'build-error');
  t.match(failure.message, /SIGKILL/);
  t.same(await left(), []);
});

t.test('outputs can be opened by their names', async (t) => {
  const task = await taskOf(`subprocess.check_call('echo to the error > /dev/stderr', shell=True)\n${GOOD_WHEEL}`);
  const { run, log } = newRun(proxy.gateway);
  t.equal((await builder.build(task, run)).filename, 'small-1.0-py3-none-any.whl');
  t.match(log(), 'to the error');
});

t.test('where uv is not made for the machine, pip builds and resolves', async (t) => {
  const machine = {
    ...{ folders: createWorkFolders(folder()), toolboxes: folder(), path: absolutePath(process.env.PATH) },
    gateway: undefined,
  };
  const noUv = { uv: async () => undefined };
  const product = await buildWheel(machine, noUv, await taskOf(GOOD_WHEEL), newRun(proxy.gateway).run);
  t.match(product, { filename: 'small-1.0-py3-none-any.whl', frontEnd: /^pip \d/ });
  const list = (lines: string[]) =>
    resolveList(machine, noUv, { target, list: { lines, constraints: [], options: {} } }, newRun(proxy.gateway).run);
  const pins = await list(['jinja2==3.1.4']);
  t.match(
    pins.sort((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1)),
    [
      { name: /jinja2/i, version: '3.1.4' },
      { name: /markupsafe/i, version: /^[23]\./ },
    ],
  );
  const failure = await failureOf(list(['markupsafe==0.0.0.1']));
  t.equal(failure.reason, 'resolve-failed');
});
