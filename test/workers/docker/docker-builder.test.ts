import t from 'tap';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { testBuilder } from '../../contract/builder.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, startBuilder } from './harness.ts';

const { builder, owner, pair, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(900_000);
const left = () => containersOf(owner);

t.test('the contract', (t) => testBuilder(t, { builder, target, proxy, left }));

type Source = Awaited<ReturnType<typeof makeSdist>>;
async function build(sdist: Source) {
  const { run, log } = newRun(proxy.gateway);
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 1_700_000_000 };
  return { product: await builder.build(task, run), log: log() };
}

t.test('a pair is probed', async (t) => {
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
  t.same(await left(), []);
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

t.test('a runtime by its name', async (t) => {
  const unknown = createDockerBuilder({ owner, runtime: 'no-such-runtime' });
  await t.rejects(unknown.check(), { code: 'engine-unavailable', message: /"no-such-runtime".*It has: .*runc/ });
  const named = createDockerBuilder({ owner, runtime: 'runc' });
  await named.check();
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 };
  t.equal((await named.build(task, newRun(proxy.gateway).run)).filename, 'small-1.0-py3-none-any.whl');
  const failure = await failureOf(unknown.build(task, newRun(proxy.gateway).run));
  t.match(failure, { reason: 'worker-lost', message: /no-such-runtime/ }, 'and nothing runs without it');
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

t.test('a build that reaches for the network is named', async (t) => {
  const code = "import urllib.request\nurllib.request.urlopen('http://example.com/')";
  const failure = await failureOf(build(await makeSdist(folder(), 'small-1.0', ownBackend(code))));
  t.equal(failure.reason, 'needs-network', `${failure.message}\n${failure.logTail}`);
  t.match(failure.message, /name resolution|not known/i);
});

t.test('nothing is left', async (t) => t.same(await left(), []));
