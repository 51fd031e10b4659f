import { lockedListOf } from '../../core/locked-list.ts';
import type { PlanItem, PrebuildRecord } from '../../core/records/prebuild.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { checked } from '../../storage/json-records.ts';
import {
  closePrebuild,
  readOpenPrebuild,
  readPlan,
  readPrebuildRecord,
  readPrebuildRequest,
} from '../../storage/prebuild-records.ts';
import { deriveStatus, finalRecord } from '../../storage/prebuild-status.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { prebuildWork, SettleMessage } from '../queue/works.ts';

/** Writes the final record of a prebuild once all its items are stored or failed; before that it does nothing. */
export function settleJob(worker: Pick<Worker, 'store' | 'queue'>): Handler {
  return async (data, context) => {
    const { id } = checked(SettleMessage, data, 'A settle job');
    const attempt = await readOpenPrebuild(worker.store, id);
    if (attempt === undefined) return;
    const request = await readPrebuildRequest(worker.store, id, attempt);
    const plan = await readPlan(worker.store, id, attempt);
    if (!request) return;
    // One of the builds that are made before the plan has ended: the prebuild job looks whether it can plan now.
    if (!plan) return worker.queue.add(prebuildWork(id, attempt, request.target));
    const ended = await readPrebuildRecord(worker.store, id, attempt);
    const status = ended ?? (await deriveStatus(worker.store, request, plan));
    if (status.state === 'working') return;
    const record: PrebuildRecord = ended ?? finalRecord(status, plan.image, plan.plannedAt);
    await closePrebuild(worker.store, record, lockedListOf(record));
    for (const key of buildKeys(plan.items)) await worker.store.remove(paths.waiting(key, id));
    await context.notify({ kind: 'prebuilds', id, state: record.state });
  };
}

function buildKeys(items: readonly PlanItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'build' ? [item.key] : []));
}
