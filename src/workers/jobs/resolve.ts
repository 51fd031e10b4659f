import { isProjectName } from '../../core/names.ts';
import type { Target } from '../../core/records/target.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { isVersion } from '../../core/version.ts';
import { BuildFailure } from '../../errors.ts';
import type { ListToResolve } from '../../plan/resolution.ts';
import type { Resolution } from '../builder.ts';
import { limitsOf, seesStored, type Worker } from '../context.ts';
import type { WorkContext } from '../queue/queue.ts';
import { removeEarlierRuns } from './earlier-runs.ts';
import { LiveLog } from './live-log.ts';

/**
 * Finds everything a list needs on a target, in the target's own sandbox.
 *
 * @param made wheels that were built for this list and are on no page yet
 * @throws BuildFailure `resolve-failed` with the resolver's explanation; `no-such-version`.
 */
export async function resolveList(
  worker: Worker,
  target: Target,
  list: ListToResolve,
  context: WorkContext,
  made: readonly WheelRecord[] = [],
): Promise<Resolution> {
  const log = new LiveLog((text) => context.log(text));
  const gateway = worker.gateway.view({ storedWheels: seesStored(worker), also: made });
  const run = { job: context.id, gateway, log, limits: limitsOf(worker.config), signal: context.signal };
  try {
    await removeEarlierRuns(worker, context);
    const resolution = await worker.builder.resolve({ target, list }, run);
    // The names came out of a container: nobody sees them before they are known to be names.
    const strange = resolution.find((one) => !isProjectName(one.name) || !isVersion(one.version));
    if (strange)
      throw new BuildFailure('resolve-failed', 'The resolver answered with something that is no project and version.');
    return resolution;
  } finally {
    await log.end();
  }
}
