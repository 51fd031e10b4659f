import type { ItemStatus, Plan, PrebuildRequest } from '../../core/records/prebuild.ts';
import { readBuildRecord } from '../../storage/build-records.ts';
import { readCancel } from '../../storage/cancels.ts';
import { checked } from '../../storage/json-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { readPlan, readPrebuildRequest } from '../../storage/prebuild-records.ts';
import { readPrebuildStatus } from '../../storage/prebuild-status.ts';
import { writeProof } from '../../storage/proof-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';
import type { Handler, WorkContext } from '../queue/queue.ts';
import { LoneProofMessage, ProofMessage, settleWork } from '../queue/works.ts';
import { logOfPrebuild } from './job-log.ts';
import { proveAlone } from './lone-proof.ts';
import { proveWheels, type WheelOfList } from './prove-wheels.ts';

/**
 * Proves what an attempt has built, with all the wheels of its list, and writes what came of it; the settle job does what
 * follows. Done again after a lost worker it finds that it is written. The wheel of a build that no list waited for is proven alone.
 */
export function proofJob(worker: Worker): Handler {
  return async (data, context) => {
    if ('key' in data) return proveAlone(worker, checked(LoneProofMessage, data, 'A proof job').key, context);
    const { id, attempt } = checked(ProofMessage, data, 'A proof job');
    const request = await readPrebuildRequest(worker.store, id, attempt);
    if (!request) return;
    // The worker that was told to stop may have died: the settle job fulfils the wish.
    const isCancelled = (await readCancel(worker.store, id))?.of === attempt;
    if (!isCancelled) await proveAttempt(worker, request, context);
    await worker.queue.add(settleWork(id));
  };
}

async function proveAttempt(worker: Worker, request: PrebuildRequest, context: WorkContext): Promise<void> {
  const { store } = worker;
  const { id, attempt } = request;
  const status = await readPrebuildStatus(store, id, attempt);
  const plan = await readPlan(store, id, attempt);
  const target = await readTarget(store, request.target);
  if (status?.state !== 'proving' || !plan || !target) return;
  const stored = status.items.filter((item) => item.state === 'stored');
  const wheels = await Promise.all(stored.map((item) => wheelOf(store, item, plan)));
  const complete = request.options.deps && stored.length === status.items.length;
  const list = { target, complete, wheels: wheels.filter((wheel) => wheel !== undefined) };
  const log = logOfPrebuild(worker.log, request);
  log.info({ wheels: list.wheels.length }, 'proof begins');
  const proof = await proveWheels(worker, list, context);
  if (proof) await writeProof(store, id, attempt, proof);
  log.info({ state: proof?.state }, 'proof ended');
}

/** The wheel of an item; one that was deleted meanwhile is left out. What was built for the list, or still waits, is proven. */
async function wheelOf(store: ObjectStore, item: ItemStatus, plan: Plan): Promise<WheelOfList | undefined> {
  const { project, wheel } = item;
  const record = wheel && (await readWheelRecord(store, project, wheel.filename));
  if (record?.sha256 !== wheel?.sha256 || !record) return undefined;
  if (item.kind !== 'build' && record.proof?.state !== 'waiting') return { record };
  const key = item.build ?? record.build?.key;
  const found = key === undefined ? undefined : await readBuildRecord(store, key);
  const build = found?.state === 'stored' && found.wheel?.sha256 === record.sha256 ? found : undefined;
  const isRebuild = plan.items.some((one) => one.kind === 'build' && one.key === item.build && one.rebuild);
  return {
    record,
    build,
    proves: {
      ...{ project, filename: record.filename, sha256: record.sha256 },
      ...(build && { build: { key: build.key, run: build.run } }),
      ...(isRebuild && { rebuild: true as const }),
    },
  };
}
