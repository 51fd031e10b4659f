import type { BuildRecord } from '../../core/records/build.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readBuildRecord, readOpenBuild, waitingPrebuilds } from '../../storage/build-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { readOpenPrebuild } from '../../storage/prebuild-records.ts';
import { openProof, readOpenProof } from '../../storage/proof-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';
import type { Work, WorkContext } from '../queue/queue.ts';
import { loneProofWork } from '../queue/works.ts';
import { concludeProof } from './conclude-proof.ts';
import { proveWheels } from './prove-wheels.ts';

/**
 * Has the wheel of a build proven that waits for it and that no list waits for, a retry's: no prebuild would. Noted before the build
 * has ended, so that it is not forgotten.
 *
 * @returns the job to be added when the build has ended, if there is one
 */
export async function proveLater({ store }: Worker, build: BuildRecord): Promise<Work | undefined> {
  if (!(await waitingWheel(store, build))) return undefined;
  for (const id of await waitingPrebuilds(store, build.key))
    if ((await readOpenPrebuild(store, id)) !== undefined) return undefined;
  await openProof(store, build.key, build.target);
  return loneProofWork(build.target, build.key);
}

/** Proves the wheel of a build with nothing beside it, as a list of it alone without dependencies would be. */
export async function proveAlone(worker: Worker, key: string, context: WorkContext): Promise<void> {
  const { store } = worker;
  // While its build has not ended there is nothing to prove; upkeep comes back to it.
  if ((await readOpenProof(store, key)) === undefined || (await readOpenBuild(store, key))) return;
  const build = await readBuildRecord(store, key);
  const record = build && (await waitingWheel(store, build));
  const target = build && (await readTarget(store, build.target));
  if (record && target) {
    const { project, filename, sha256 } = record;
    const proves = { project, filename, sha256, build: { key, run: build.run } };
    const proof = await proveWheels(worker, { target, complete: false, wheels: [{ record, build, proves }] }, context);
    if (!proof) return;
    await concludeProof(worker, proof);
  }
  await store.remove(paths.openProof(key));
}

async function waitingWheel(store: ObjectStore, { state, project, wheel }: BuildRecord) {
  const record = state === 'stored' && wheel ? await readWheelRecord(store, project, wheel.filename) : undefined;
  return record?.sha256 === wheel?.sha256 && record?.proof?.state === 'waiting' ? record : undefined;
}
