import type { Gateway, Run } from '../builder.ts';
import type { Diagnosis } from './diagnose.ts';
import { ownRun } from './own-run.ts';

/** The job of an installation, in labels; no job of the queue is called so. */
export const TOOLBOX_JOB = 'toolbox';

const MAX_EXPLANATION_CHARS = 300;

/** What is done, as the subject of sentences. */
export const INSTALLATION = 'The installation of the build tools';

/** The run that installs the build tools for another one, and ends with it. */
export function installRun(run: Pick<Run, 'signal'>, gateway: Gateway): Run {
  return ownRun(TOOLBOX_JOB, { ...run, gateway });
}

/** Whatever pip says, it could not have them. */
export function installDiagnosis(tail: string): Diagnosis {
  const last = tail.trim().split('\n').at(-1)?.slice(0, MAX_EXPLANATION_CHARS) || 'pip gave no reason.';
  return {
    reason: 'upstream-unavailable',
    message: `The build tools could not be installed from the index: ${last}`,
  };
}
