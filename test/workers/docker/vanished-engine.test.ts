import t, { type Test } from 'tap';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { connectEngine, createEngine } from '../../../src/workers/docker/engine.ts';
import { findImage } from '../../../src/workers/docker/identity.ts';
import { supervise } from '../../../src/workers/docker/supervise.ts';
import { failureOf, folder, NO_GATEWAY, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, newOwner, startBuilder } from './harness.ts';
import { overTcp } from './over-tcp.ts';

/** Long enough for the engine of the tests on a busy machine, short enough to wait for several times. */
const PATIENCE = 3000;

const { target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(300_000);

/** A build that prints without end, over TCP, whose engine vanishes in the middle; gives back what comes of it. */
async function vanishing(t: Test, limits = {}) {
  const owner = newOwner();
  const host = await overTcp(t);
  const builder = createDockerBuilder({ owner, docker: host.options, patience: PATIENCE });
  const cancel = new AbortController();
  const { run } = newRun(proxy.gateway, limits, cancel.signal);
  const code = "while True:\n    print('still building', flush=True)\n    time.sleep(0.1)";
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(code));
  const task = { target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 };
  let failure: Promise<Awaited<ReturnType<typeof failureOf>>> | undefined;
  await new Promise<void>((resolve, reject) => {
    const write = async (chunk: Buffer) => {
      if (chunk.includes('still building')) resolve();
    };
    failure = failureOf(builder.build(task, { ...run, log: { write } }));
    failure.then((early) => reject(early), reject);
  });
  host.vanish();
  return { owner, builder, host, cancel, failure: failure! };
}

type Vanished = Awaited<ReturnType<typeof vanishing>>;

/** A host that is back has the container still, which a sweep removes. */
async function isSwept(t: Test, { owner, builder, host }: Vanished): Promise<void> {
  t.equal((await containersOf(owner)).length, 1, 'the container still runs there');
  host.comeBack();
  t.equal(await builder.sweep(async () => false), 1, 'and is swept when the engine is back');
  t.same(await containersOf(owner), []);
}

t.test('in the middle of a build', async (t) => {
  async function cancelled() {
    const vanished = await vanishing(t);
    vanished.cancel.abort();
    t.equal((await vanished.failure).reason, 'cancelled');
    await isSwept(t, vanished);
  }
  async function silent() {
    const vanished = await vanishing(t, { silence: 10_000 });
    t.equal((await vanished.failure).reason, 'silent', 'a limit is reached');
    await isSwept(t, vanished);
  }
  async function broken() {
    const vanished = await vanishing(t);
    vanished.host.breakConnections();
    t.equal((await vanished.failure).reason, 'worker-lost', 'keepalive finds it: another try may mend that');
    await isSwept(t, vanished);
  }
  // They wait most of the time.
  await Promise.all([cancelled(), silent(), broken()]);
});

t.test('before a container is there', async (t) => {
  const image = (await findImage(connectEngine(), target.build.reference))!;
  const host = await overTcp(t);
  const engine = createEngine(newOwner(), connectEngine(host.options), undefined, PATIENCE / 3);
  const { run } = newRun(NO_GATEWAY);
  const about = { what: 'The build', run, image, python: target.python.executable };
  const begun = () => failureOf(supervise(engine, about, async () => 'something'));
  host.vanish();
  const unanswered = {
    reason: 'worker-lost',
    message: 'The Docker engine could not run the build: it did not answer in time.',
  };
  t.match(await begun(), unanswered, 'when it is asked what it can');
  host.comeBack();
  t.type(await engine.cpus(), 'number', 'and it is asked again');
  await engine.platform();
  host.vanish();
  t.match(await begun(), unanswered, 'when it is to make one');
  const cancel = new AbortController();
  const cancelled = failureOf(
    supervise(engine, { ...about, run: { ...run, signal: cancel.signal } }, async () => 'something'),
  );
  cancel.abort();
  t.equal((await cancelled).reason, 'cancelled');
});
