import { lockedListOf } from '../../core/locked-list.ts';
import type { PlanItem, PrebuildRecord, PrebuildRequest } from '../../core/records/prebuild.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readCancel, removeCancel } from '../../storage/cancels.ts';
import { checked } from '../../storage/json-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import {
  closePrebuild,
  readFirstWheels,
  readOpenPrebuild,
  readPlan,
  readPrebuildRecord,
  readPrebuildRequest,
} from '../../storage/prebuild-records.ts';
import {
  cancelledStatus,
  finalRecord,
  type PrebuildStatus,
  readPrebuildStatus,
} from '../../storage/prebuild-status.ts';
import { readProof } from '../../storage/proof-records.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { prebuildWork, proofWork, SettleMessage } from '../queue/works.ts';
import { concludeProof } from './conclude-proof.ts';
import { logOfPrebuild } from './job-log.ts';
import { letGoOfAll, stopPlanning, stopProving } from './stop-attempt.ts';

type Parts = Pick<Worker, 'store' | 'queue' | 'metrics'> & Partial<Pick<Worker, 'log'>>;

/**
 * Writes the final record of a prebuild once all its items are stored or failed and what was built is proven, with what follows
 * from the proof before it; or once what a cancelled one had under way has stopped. Before that it does nothing but have the
 * proof made.
 */
export function settleJob(worker: Parts): Handler {
  return async (data, context) => {
    const { id } = checked(SettleMessage, data, 'A settle job');
    const { store } = worker;
    const attempt = await readOpenPrebuild(store, id);
    const cancel = await readCancel(store, id);
    // It ended before it could be cancelled, or the worker died that had cancelled it.
    if (cancel && attempt !== cancel.of) await removeCancel(store, id, cancel.of);
    const request = attempt === undefined ? undefined : await readPrebuildRequest(store, id, attempt);
    if (!request) return;
    const isCancelled = cancel?.of === request.attempt;
    if (isCancelled) await stopPlanning(worker, request);
    const items = await plannedItems(worker, request);
    if (isCancelled && !(await letGoOfAll(worker, id, buildKeys(items), cancel))) return;
    // One of the builds that are made before the plan has ended: the prebuild job looks whether it can plan now.
    if (!isCancelled && !(await readPlan(store, id, request.attempt))) return worker.queue.add(prebuildWork(request));
    if (isCancelled) await stopProving(worker, request);
    const status = await readPrebuildStatus(store, id, request.attempt);
    if (!status || (status.state === 'working' && !isCancelled)) return;
    if (status.state === 'proving' && !isCancelled) {
      await context.notify({ kind: 'prebuilds', id, state: status.state });
      return worker.queue.add(proofWork(request));
    }
    const proof = await readProof(store, id, request.attempt);
    if (proof) await concludeProof(worker, proof);
    const record =
      (await readPrebuildRecord(store, id, request.attempt)) ?? (await howItEnded(store, status, isCancelled));
    await closePrebuild(store, record, lockedListOf(record));
    worker.metrics?.prebuildEnded(record);
    if (worker.log) logOfPrebuild(worker.log, request).info({ state: record.state }, 'prebuild ended');
    for (const key of buildKeys(items)) await store.remove(paths.waiting(key, id));
    if (isCancelled) await removeCancel(store, id, request.attempt);
    await context.notify({ kind: 'prebuilds', id, state: record.state });
  };
}

/** Of the plan, and of the wheels that were made before it. */
async function plannedItems({ store }: Parts, { id, attempt }: PrebuildRequest): Promise<PlanItem[]> {
  const plans = [await readFirstWheels(store, id, attempt), await readPlan(store, id, attempt)];
  return plans.flatMap((plan) => plan?.items ?? []);
}

/** One that had everything when it was cancelled is ready all the same. */
function howItEnded(store: ObjectStore, status: PrebuildStatus, isCancelled: boolean): Promise<PrebuildRecord> {
  return finalRecord(store, isCancelled && status.state !== 'ready' ? cancelledStatus(status) : status);
}

function buildKeys(items: readonly PlanItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'build' ? [item.key] : []));
}
