import { normalizeName } from '../../core/names.ts';
import { otherVersion } from '../../core/other-version.ts';
import type { BuildRecord, BuildRequest } from '../../core/records/build.ts';
import { parseVersion } from '../../core/version.ts';
import { BuildFailure, hintOf } from '../../errors.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Worker } from '../context.ts';

type Failed = Pick<BuildRecord, 'message' | 'hint'> & { reason: BuildFailure['reason'] };

/** Reasons that another version of the package may not have. */
const OF_THE_VERSION: readonly string[] = ['python-incompatible', 'build-error'];

/**
 * A failure with the versions that will do in its hint, where the package is too old for its target and upstream's page
 * names newer ones.
 */
export async function withOtherVersion(
  worker: Pick<Worker, 'store' | 'upstream'>,
  { project, version, target: name }: Pick<BuildRequest, 'project' | 'version' | 'target'>,
  failure: Failed,
): Promise<Failed> {
  if (!OF_THE_VERSION.includes(failure.reason)) return failure;
  const target = await readTarget(worker.store, name);
  const page = await worker.upstream.project(normalizeName(project)).catch((error) => {
    // What upstream has is only for the advice.
    if (!(error instanceof BuildFailure)) throw error;
    return undefined;
  });
  const others = target && page && otherVersion(page.files, target, parseVersion(version));
  return others ? { ...failure, hint: `${hintOf(failure)} ${others}` } : failure;
}
