import { userInfo } from 'node:os';
import Docker from 'dockerode';
import t from 'tap';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { connectEngine } from '../../../src/workers/docker/engine.ts';
import { type LimitFacts, missingLimits, requireLimits } from '../../../src/workers/docker/engine-limits.ts';
import { runWheelmill } from '../../services/command.ts';
import { testTargets } from '../../services/docker.ts';
import { startRootlessEngine } from '../../services/rootless-engine.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, docker, newOwner, startBuilder } from './harness.ts';
import { overTcp } from './over-tcp.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();
const [images] = testTargets();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(300_000);

t.test('a rootless engine without control groups, over TCP: refused, unless it is accepted', async (t) => {
  const engine = await startRootlessEngine(t);
  const other = new Docker(engine.docker);
  const reference = images!.runtime;
  await send(reference, other);
  // What is pure needs no compiler.
  const pair = { name: 'test', build: reference, runtime: reference };
  const owner = newOwner();

  const careful = createDockerBuilder({ owner, docker: engine.docker });
  const refused = {
    code: 'engine-unfit',
    message:
      /^The Docker engine cannot limit memory, processors, processes, so .* A rootless engine needs cgroup v2 .* WHEELMILL_MISSING_LIMITS=accept\.$/,
  };
  await t.rejects(careful.check(), refused);
  await t.rejects(careful.probe(pair, { signal }), refused, 'no target of it is ever served');
  const doctor = await runWheelmill(['doctor', '--json'], {
    DOCKER_HOST: engine.host,
    WHEELMILL_DATA_DIR: t.testdir(),
    WHEELMILL_TARGETS: `${reference}=${reference}`,
  });
  const { checks } = JSON.parse(doctor.out) as { checks: { check: string; level: string; found: string }[] };
  t.match(checks.find(({ check }) => check === 'engine')!, { level: 'wrong', found: refused.message });

  const builder = createDockerBuilder({ owner, docker: engine.docker, missingLimits: 'accept' });
  await builder.check();
  const target = await builder.probe(pair, { signal });
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const { run, log } = newRun(proxy.gateway);
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 };
  t.equal((await builder.build(task, run)).filename, 'small-1.0-py3-none-any.whl');
  t.match(log(), /^wheelmill: the engine of this worker does not limit memory, swap, processors, processes$/m);
  // Our own clocks do not need the engine's help.
  const endless = await makeSdist(folder(), 'small-1.0', ownBackend('time.sleep(1000)'));
  const late = newRun(proxy.gateway, { wallTime: 5000 });
  t.match(await failureOf(builder.build({ ...task, sdist: endless }, late.run)), { reason: 'timed-out' });
  const labelled = { all: true, filters: { label: [`wheelmill.owner=${owner}`] } };
  t.same(
    (await other.listContainers(labelled)).map(({ Names }) => Names),
    [],
    'nothing is left there',
  );
});

t.test('an engine over TCP holds builds to the same limits', async (t) => {
  const { target } = await startBuilder();
  const owner = newOwner();
  const builder = createDockerBuilder({ owner, docker: (await overTcp(t)).options });
  await builder.check();
  const task = { target, recipe: {}, outputFolder: folder(), sourceDate: 0 };
  const build = async (code: string, limits = {}) => {
    const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(code));
    return builder.build({ ...task, sdist }, newRun(proxy.gateway, limits).run);
  };
  t.equal((await build(GOOD_WHEEL)).filename, 'small-1.0-py3-none-any.whl');
  const hungry = 'hold = [bytearray(1 << 20) for _ in range(2048)]\ntime.sleep(60)';
  const failure = await failureOf(build(hungry, { memory: 192 * MIB, disk: 64 * MIB }));
  t.match(failure, { reason: 'out-of-memory', message: /192 MiB/ });
  t.same(await containersOf(owner), []);
});

t.test('which engines will do', async (t) => {
  const all: LimitFacts = { MemoryLimit: true, SwapLimit: true, CpuCfsQuota: true, PidsLimit: true };
  const rows: [facts: LimitFacts, rootless: boolean, refused: RegExp | undefined][] = [
    [all, false, undefined],
    [all, true, undefined],
    [{ ...all, SwapLimit: false }, false, undefined],
    [{ ...all, MemoryLimit: false }, false, /cannot limit memory, so .*Turn these cgroup controllers on/],
    [{ ...all, PidsLimit: false, SwapLimit: false }, false, /cannot limit processes, so/],
    [{ ...all, CpuCfsQuota: false }, true, /cannot limit processors, so .*delegated to its user/],
    [{}, true, /cannot limit memory, processors, processes, so/],
  ];
  for (const [facts, rootless, message] of rows) {
    const require = () => requireLimits(missingLimits(facts), rootless);
    if (message) t.throws(require, { code: 'engine-unfit', message }, JSON.stringify(facts));
    else t.doesNotThrow(require, JSON.stringify(facts));
  }
});

t.test('addresses that cannot be used are refused with what can', async (t) => {
  const rows: [environment: Record<string, string>, message: RegExp][] = [
    [{ DOCKER_HOST: `ssh://${userInfo().username}@127.0.0.1` }, /DOCKER_HOST=ssh:.*ssh -N -L .*DOCKER_HOST=unix:/],
    [{ DOCKER_CONTEXT: 'build-host' }, /DOCKER_CONTEXT .*docker context inspect/],
  ];
  for (const [environment, message] of rows)
    t.throws(() => connectEngine(undefined, environment), { code: 'bad-config', message }, JSON.stringify(environment));
  for (const environment of [{}, { DOCKER_CONTEXT: 'default' }, { DOCKER_CONTEXT: 'x', DOCKER_HOST: 'tcp://h:1' }])
    t.doesNotThrow(() => connectEngine(undefined, environment), JSON.stringify(environment));
});

/** Copies an image to another engine. */
async function send(reference: string, other: Docker): Promise<void> {
  const loading = await other.loadImage(await docker.getImage(reference).get());
  await new Promise<void>((resolve, reject) => {
    other.modem.followProgress(loading, (error) => (error ? reject(error) : resolve()));
  });
}
