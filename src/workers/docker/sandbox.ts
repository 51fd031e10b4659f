import { randomBytes } from 'node:crypto';
import type { Container } from 'dockerode';
import { type ContainerSpec, containerOptions } from './container.ts';
import { type Engine, statusOf } from './engine.ts';

/** An engine that has not killed or removed a container by then counts as gone; the sweep finds the container. */
const END_MS = 30_000;

/** A running container that is removed whatever happens. */
export type Sandbox = {
  container: Container;
  /** Ends everything inside at once; harmless when it has ended. */
  kill(): Promise<void>;
  /** Kills, waits, and says whether the kernel had to end something for want of memory. */
  stop(): Promise<{ oomKilled: boolean }>;
};

export type SandboxSpec = Omit<ContainerSpec, 'name' | 'owner' | 'runtime' | 'limitsCpus'> & { signal: AbortSignal };

/**
 * Starts a container, gives it to `use` and removes it afterwards in every case. An abort of `signal` kills it, which
 * ends every exec in it; `use` then sees its streams end. Throws what `use` or the engine throws.
 */
export async function withSandbox<T>(
  engine: Engine,
  { signal, ...spec }: SandboxSpec,
  use: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  // Named before it exists, so that it can be removed even if the answer to its creation is lost.
  const name = `wheelmill-${randomBytes(8).toString('hex')}`;
  const sandbox = sandboxOf(engine.docker.getContainer(name));
  const onAbort = () => void sandbox.kill().catch(() => {});
  const cpus = Math.min(spec.limits.cpus, await engine.cpus());
  // An engine that cannot limit processors refuses a container that asks for it, other than with the other limits.
  const limitsCpus = !(await engine.missingLimits()).includes('processors');
  engine.live.add(name);
  try {
    // Named only where the engine would otherwise take its own: one that keeps several platforms under one id.
    const foreign = spec.image.platform !== (await engine.platform()) && { platform: spec.image.platform };
    const { owner, runtime } = engine;
    const options = containerOptions({ ...spec, limits: { ...spec.limits, cpus }, limitsCpus, name, owner, runtime });
    await engine.docker.createContainer({ ...options, ...foreign });
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    await sandbox.container.start();
    // A kill between creation and start meets a container that does not run yet.
    signal.throwIfAborted();
    return await use(sandbox);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await remove(sandbox.container).catch(() => {});
    engine.live.delete(name);
  }
}

function sandboxOf(container: Container): Sandbox {
  const kill = () => ignoring([404, 409], container.kill({ abortSignal: AbortSignal.timeout(END_MS) }));
  return {
    container,
    kill,
    stop: async () => {
      await kill();
      await container.wait({ abortSignal: AbortSignal.timeout(END_MS) });
      const { State } = await container.inspect();
      return { oomKilled: State.OOMKilled };
    },
  };
}

async function remove(container: Container): Promise<void> {
  await ignoring([404, 409], container.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(END_MS) }));
}

/** 404: it is not there, 409: it has ended, or is being removed already. */
async function ignoring(statuses: number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
