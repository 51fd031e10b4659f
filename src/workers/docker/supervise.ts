import type { Container } from 'dockerode';
import { BuildFailure } from '../../errors.ts';
import type { Gateway, Run } from '../builder.ts';
import type { Diagnosis } from '../run/diagnose.ts';
import { createGuard, DIAGNOSED_BYTES, type Guard } from '../run/guard.ts';
import { StepFailed } from '../run/step-failed.ts';
import { verdict } from '../run/verdict.ts';
import type { ContainerSpec } from './container.ts';
import { type Engine, isEngineTrouble, messageOf } from './engine.ts';
import { endProcesses, gatherEvidence, pidsAtLimit } from './evidence.ts';
import { type Command, run as runCommand, type Traffic } from './exec.ts';
import { type Sandbox, withSandbox } from './sandbox.ts';
import { openTunnel } from './tunnel.ts';

export type Supervised = {
  guard: Guard;
  /** Runs a command; what it prints goes to the log, unless `onOutput` takes it. Throws StepFailed. */
  step(command: Command, traffic?: Traffic): Promise<void>;
  /** Opens the door to the gateway of the run, or another one; resolves when it is open. */
  openDoor(gateway?: Gateway): Promise<void>;
  container: Container;
  /** See Sandbox. */
  lost: AbortSignal;
};

export type SupervisedRun = {
  /** The subject of the sentences in failures: `The build`. */
  what: string;
  run: Run;
  image: ContainerSpec['image'];
  /** Path of the interpreter in the image. */
  python: string;
  toolbox?: NonNullable<ContainerSpec['toolbox']>;
  /** See ContainerSpec. */
  installs?: boolean;
  diagnosis?: (tail: string, exitCode: number) => Diagnosis;
};

/**
 * Runs commands in a container of their own under all limits. What goes wrong becomes a BuildFailure with a reason
 * from the evidence; a BuildFailure of `work` passes, and so does an error that is a bug of ours. The container is
 * gone when the promise is settled.
 */
export async function supervise<T>(
  engine: Engine,
  { what, run, image, python, toolbox, installs = false, diagnosis }: SupervisedRun,
  work: (supervised: Supervised) => Promise<T>,
): Promise<T> {
  const { job, limits, signal, log } = run;
  const spec = { image, job, limits, signal, installs, ...(toolbox && { toolbox }) };
  try {
    return await withSandbox(engine, spec, async (sandbox) => {
      const ending = createEnding(sandbox);
      const guard = createGuard(limits, { log, signal, end: () => void ending.begin(!signal.aborted) });
      let isOver = false;
      try {
        const missing = await engine.missingLimits();
        if (missing.some((one) => one !== 'swap'))
          await guard.note(`the engine of this worker does not limit ${missing.join(', ')}`);
        return await work({
          guard,
          step: (command, traffic) => step(sandbox, guard, command, traffic),
          container: sandbox.container,
          lost: sandbox.lost,
          openDoor: async (gateway = run.gateway) => {
            const tunnel = await openTunnel(sandbox, python, gateway);
            void tunnel.ended.then(async (why = 'it ended') => {
              if (!isOver) await guard.note(`the way to the package index broke: ${why}`);
            });
          },
        });
      } catch (error) {
        isOver = true;
        await ending.begun();
        if (guard.logError !== undefined) throw guard.logError;
        if (guard.trip === undefined && !(error instanceof StepFailed) && !isEngineTrouble(error)) throw error;
        const evidence = await gatherEvidence(sandbox, { python, trip: guard.trip, pidsFull: ending.pidsFull });
        const exitCode = error instanceof StepFailed ? error.exitCode : undefined;
        throw verdict({
          what,
          trip: guard.trip,
          exitCode,
          evidence,
          tail: guard.tail(DIAGNOSED_BYTES),
          limits,
          diagnosis,
        });
      } finally {
        isOver = true;
        guard.stop();
      }
    });
  } catch (error) {
    if (error instanceof BuildFailure) throw error;
    if (signal.aborted) throw new BuildFailure('cancelled', `${what} was cancelled.`, { cause: error });
    if (!isEngineTrouble(error)) throw error;
    const message = `The Docker engine could not run ${what.toLowerCase()}: ${messageOf(error)}.`;
    throw new BuildFailure('worker-lost', message, { cause: error });
  }
}

async function step(sandbox: Sandbox, guard: Guard, command: Command, traffic: Traffic = {}): Promise<void> {
  const exitCode = await runCommand(sandbox, command, {
    onOutput: ({ data }) => guard.take(data),
    onLinger: () => endProcesses(sandbox),
    ...traffic,
  });
  if (exitCode !== 0 || guard.trip !== undefined) throw new StepFailed(exitCode);
}

/** Our own end of a run: look how many processes there are, which nothing tells afterwards, then kill. */
function createEnding(sandbox: Sandbox) {
  let pidsFull = false;
  let going: Promise<void> | undefined;
  return {
    get pidsFull() {
      return pidsFull;
    },
    begin(look: boolean): void {
      going ??= (async () => {
        if (look) pidsFull = await pidsAtLimit(sandbox).catch(() => false);
        await sandbox.kill().catch(() => {});
      })();
    },
    begun: async () => going,
  };
}
