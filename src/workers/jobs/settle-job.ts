import { lockedListOf } from '../../core/locked-list.ts';
import type { PlanItem, PrebuildRequest } from '../../core/records/prebuild.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readCancel, removeCancel } from '../../storage/cancels.ts';
import { checked } from '../../storage/json-records.ts';
import {
  closePrebuild,
  readFirstWheels,
  readOpenPrebuild,
  readPlan,
  readPrebuildRecord,
  readPrebuildRequest,
} from '../../storage/prebuild-records.ts';
import { cancelledStatus, finalRecord, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { prebuildWork, SettleMessage } from '../queue/works.ts';
import { letGoOfAll, stopPlanning } from './stop-attempt.ts';

type Parts = Pick<Worker, 'store' | 'queue'>;

/**
 * Writes the final record of a prebuild once all its items are stored or failed, or once what a cancelled one had under way
 * has stopped; before that it does nothing.
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
    const record = await howItEnded(worker, request, isCancelled);
    if (!record) return;
    await closePrebuild(store, record, lockedListOf(record));
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

async function howItEnded({ store }: Parts, { id, attempt }: PrebuildRequest, isCancelled: boolean) {
  const ended = await readPrebuildRecord(store, id, attempt);
  if (ended) return ended;
  const status = await readPrebuildStatus(store, id, attempt);
  // One that had everything when it was cancelled is ready all the same.
  if (isCancelled && status && status.state !== 'ready') return finalRecord(store, cancelledStatus(status));
  return status && status.state !== 'working' ? finalRecord(store, status) : undefined;
}

function buildKeys(items: readonly PlanItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'build' ? [item.key] : []));
}
