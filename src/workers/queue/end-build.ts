import type { BuildRecord } from '../../core/records/build.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { closeBuild, waitingPrebuilds } from '../../storage/build-records.ts';
import { removeCancel } from '../../storage/cancels.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { WorkQueue } from './queue.ts';
import { settleWork } from './works.ts';

/**
 * Writes how a build ended and has everybody settled who waits for it; a wish to cancel it is fulfilled then, whatever the
 * end was. May be done twice.
 */
export async function endBuild(
  parts: { store: ObjectStore; queue: WorkQueue; metrics?: Metrics },
  record: BuildRecord,
): Promise<void> {
  const { store, queue, metrics } = parts;
  const { key, run, state, reason } = record;
  await closeBuild(store, record);
  metrics?.buildEnded(record);
  for (const prebuild of await waitingPrebuilds(store, key)) await queue.add(settleWork(prebuild));
  await removeCancel(store, key, run);
  // Only a hint, and all is written.
  await queue.notify({ kind: 'builds', id: key, state, ...(reason && { reason }) }).catch(() => undefined);
}
