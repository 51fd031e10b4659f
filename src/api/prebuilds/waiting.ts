import type { WorkerRecord } from '../../core/records/worker.ts';
import { type Waiting, whyWaiting } from '../../core/target-service.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import { listWorkers } from '../../storage/worker-records.ts';

/** What is known of the workers is looked up again after this long, in milliseconds, however many ask. */
const FRESH = 2000;

/** A prebuild as it stands, and why nothing goes on where that is so. */
export type Standing = PrebuildStatus & { waiting?: Waiting };

const known = new WeakMap<ObjectStore, { at: number; workers: Promise<WorkerRecord[]> }>();

/** Adds to a status that nobody does its work, and what to do. One of which something runs is not waiting. */
export async function withWaiting(store: ObjectStore, status: PrebuildStatus): Promise<Standing> {
  if (!isIdle(status)) return status;
  const waiting = whyWaiting(status.target, await workersOf(store));
  return waiting ? { ...status, waiting } : status;
}

function isIdle({ endedAt, state, items }: PrebuildStatus): boolean {
  if (endedAt !== undefined) return false;
  const open = items.filter((one) => one.state !== 'stored' && one.state !== 'failed');
  return (
    state === 'planning' || state === 'proving' || (open.length > 0 && open.every((one) => one.state === 'queued'))
  );
}

function workersOf(store: ObjectStore): Promise<WorkerRecord[]> {
  const before = known.get(store);
  if (before && performance.now() - before.at < FRESH) return before.workers;
  const workers = listWorkers(store);
  workers.catch(() => known.delete(store));
  known.set(store, { at: performance.now(), workers });
  return workers;
}
