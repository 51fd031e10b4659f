import { BuildFailure } from '../../errors.ts';
import type { Run } from '../builder.ts';
import { type Diagnosis, diagnose } from '../run/diagnose.ts';
import { createGuard, DIAGNOSED_BYTES, type Guard } from '../run/guard.ts';
import { withPackages } from '../run/known-packages.ts';
import { StepFailed } from '../run/step-failed.ts';
import { type Evidence, verdict } from '../run/verdict.ts';
import { type Door, openDoor } from './door.ts';
import { type Keeping, type KeptCommand, keep } from './keeper.ts';
import { type Machine, unsandboxedNote } from './machine.ts';

export type Inside = {
  /** The work folder. */
  folder: string;
  guard: Guard;
  /** Where the package index answers. */
  index: string;
  /** Runs a command; what it prints goes to the log, unless `onOutput` takes it. Throws StepFailed. */
  step(command: KeptCommand, onOutput?: Keeping['onOutput']): Promise<void>;
};

export type SupervisedRun = {
  /** The subject of the sentences in failures: `The build`. */
  what: string;
  run: Run;
  /** Tells this work from other work of the same job: its folder is called by it. The job when left out. */
  work?: string;
  /** Path of the interpreter. */
  python: string;
  diagnosis?: (tail: string, exitCode: number) => Diagnosis;
};

/** Without a container nothing is counted but what the keeper watches, and it ends the run itself. */
const NO_EVIDENCE: Evidence = {
  oomKills: 0,
  pidsRefused: 0,
  diskFull: false,
  tmpFull: false,
  pidsAtLimit: false,
  containerGone: false,
};

/**
 * Runs commands in a work folder of their own, under the limits that can be had without a container. What goes wrong
 * becomes a BuildFailure with a reason; a BuildFailure of `work` passes, and so does an error that is a bug of ours.
 * Processes, folder and the way to the index are gone when the promise is settled.
 */
export async function supervise<T>(
  machine: Machine,
  { what, run, work: name = run.job, python, diagnosis = diagnoseHere }: SupervisedRun,
  work: (inside: Inside) => Promise<T>,
): Promise<T> {
  const { limits, log, signal, gateway } = run;
  if (signal.aborted) throw new BuildFailure('cancelled', `${what} was cancelled.`);
  const folder = await machine.folders.make(run.job, name);
  const ending = new AbortController();
  const guard = createGuard(limits, { log, signal, end: () => ending.abort() });
  let door: Door | undefined;
  const step: Inside['step'] = async (command, onOutput) => {
    const exitCode = await keep(command, {
      python,
      work: folder,
      limits,
      signal: ending.signal,
      onOver: guard.exceed,
      onOutput: onOutput ?? (({ data }) => guard.take(data)),
      merge: onOutput === undefined,
    });
    if (exitCode !== 0 || guard.trip !== undefined || guard.logError !== undefined) throw new StepFailed(exitCode);
  };
  try {
    await guard.note(unsandboxedNote());
    door = await openDoor(gateway);
    return await work({ folder, guard, index: door.index, step });
  } catch (error) {
    if (guard.logError !== undefined) throw guard.logError;
    if (guard.trip === undefined && !(error instanceof StepFailed)) throw error;
    const exitCode = error instanceof StepFailed ? error.exitCode : undefined;
    const ended = {
      what,
      trip: guard.trip,
      exitCode,
      evidence: NO_EVIDENCE,
      tail: guard.tail(DIAGNOSED_BYTES),
      limits,
    };
    throw verdict({ ...ended, diagnosis, unsandboxed: true });
  } finally {
    guard.stop();
    door?.close();
    await machine.folders.remove(folder);
  }
}

/** What a log says, and which package of the system has what was missing. */
export function diagnoseHere(tail: string, exitCode: number): Diagnosis {
  return withPackages(diagnose(tail, exitCode, 'this machine'));
}
