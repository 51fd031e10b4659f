import type { Gateway, Limits, Run } from '../builder.ts';
import type { Diagnosis } from './diagnose.ts';

/** The job of an installation, in labels; no job of the queue is called so. */
export const TOOLBOX_JOB = 'toolbox';

const MIB = 1024 * 1024;
/** An installation moves some tens of megabytes through a read-through cache. */
const INSTALL_LIMITS: Limits = {
  memory: 1024 * MIB,
  disk: 16 * MIB,
  inodes: 1000,
  pids: 64,
  cpus: 1,
  wallTime: 10 * 60_000,
  silence: 10 * 60_000,
  logBytes: MIB,
  wheelBytes: 0,
};

const MAX_EXPLANATION_CHARS = 300;

/** What is done, as the subject of sentences. */
export const INSTALLATION = 'The installation of the build tools';

/** The run that installs the build tools for another one, and ends with it. */
export function installRun({ signal }: Pick<Run, 'signal'>, gateway: Gateway): Run {
  return { job: TOOLBOX_JOB, limits: INSTALL_LIMITS, log: { write: async () => {} }, gateway, signal };
}

/** Whatever pip says, it could not have them. */
export function installDiagnosis(tail: string): Diagnosis {
  const last = tail.trim().split('\n').at(-1)?.slice(0, MAX_EXPLANATION_CHARS) || 'pip gave no reason.';
  return {
    reason: 'upstream-unavailable',
    message: `The build tools could not be installed from the index: ${last}`,
  };
}
