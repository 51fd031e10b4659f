import { randomBytes } from 'node:crypto';
import type { Container } from 'dockerode';
import { type ContainerSpec, containerOptions } from './container.ts';
import { type Engine, isBroken, statusOf } from './engine.ts';
import { noAnswer } from './patience.ts';

/** Times its patience that an engine may take to start a container, which much other work delays. */
const START_PATIENCES = 4;

/** A running container that is removed whatever happens. */
export type Sandbox = {
  container: Container;
  /**
   * Aborted when the engine counts as gone: it did not take a kill, or what runs inside has not ended long after one. Aborted
   * at the end, too.
   */
  lost: AbortSignal;
  /** See PATIENCE_MS. */
  patience: number;
  /** Ends everything inside at once; harmless when it has ended. */
  kill(): Promise<void>;
  /** Kills, waits, and says whether the kernel had to end something for want of memory. */
  stop(): Promise<{ oomKilled: boolean }>;
};

export type SandboxSpec = Omit<ContainerSpec, 'name' | 'owner' | 'runtime' | 'limitsCpus'> & { signal: AbortSignal };

/**
 * Starts a container, gives it to `use` and removes it afterwards in every case. An abort of `signal` kills it, which
 * ends every exec in it; `use` then sees its streams end, at the latest when the engine is lost. Throws what `use` or the
 * engine throws.
 */
export async function withSandbox<T>(
  engine: Engine,
  { signal, ...spec }: SandboxSpec,
  use: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  // Named before it exists, so that it can be removed even if the answer to its creation is lost.
  const name = `wheelmill-${randomBytes(8).toString('hex')}`;
  const losing = new AbortController();
  const sandbox = sandboxOf(engine.docker.getContainer(name), losing, engine.patience);
  const onAbort = () => void sandbox.kill().catch(() => {});
  const cpus = Math.min(spec.limits.cpus, await engine.cpus());
  // An engine that cannot limit processors refuses a container that asks for it, other than with the other limits.
  const limitsCpus = !(await engine.missingLimits()).includes('processors');
  signal.throwIfAborted();
  engine.live.add(name);
  signal.addEventListener('abort', onAbort, { once: true });
  const late = setTimeout(onAbort, START_PATIENCES * engine.patience);
  try {
    // Named only where the engine would otherwise take its own: one that keeps several platforms under one id.
    const foreign = spec.image.platform !== (await engine.platform()) && { platform: spec.image.platform };
    const { owner, runtime } = engine;
    const options = containerOptions({ ...spec, limits: { ...spec.limits, cpus }, limitsCpus, name, owner, runtime });
    await engine.docker.createContainer({ ...options, ...foreign, abortSignal: sandbox.lost });
    signal.throwIfAborted();
    await sandbox.container.start({ abortSignal: sandbox.lost });
    clearTimeout(late);
    // A kill between creation and start meets a container that does not run yet.
    signal.throwIfAborted();
    return await use(sandbox);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
    await remove(sandbox).catch(() => {});
    losing.abort();
    engine.live.delete(name);
  }
}

function sandboxOf(container: Container, losing: AbortController, patience: number): Sandbox {
  const { signal: lost } = losing;
  const limit = () => ({ abortSignal: AbortSignal.timeout(patience) });
  const kill = async () => {
    // Nothing else tells of a host that lost its power or its network: its streams stay open and quiet.
    const lose = () => losing.abort(noAnswer());
    try {
      await ignoring([404, 409], container.kill(limit()));
    } catch (error) {
      if (isBroken(error)) lose();
      throw error;
    } finally {
      setTimeout(lose, patience).unref();
    }
  };
  return {
    ...{ container, lost, patience, kill },
    stop: async () => {
      lost.throwIfAborted();
      await kill();
      await container.wait(limit());
      const { State } = await container.inspect(limit());
      return { oomKilled: State.OOMKilled };
    },
  };
}

async function remove({ container, patience }: Sandbox): Promise<void> {
  const abortSignal = AbortSignal.timeout(patience);
  await ignoring([404, 409], container.remove({ force: true, v: true, abortSignal }));
}

/** 404: it is not there, 409: it has ended, or is being removed already. */
async function ignoring(statuses: number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
