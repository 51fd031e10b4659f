import { type WorkerRecord, WorkerRecordSchema } from '../core/records/worker.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** A worker that was lost is shown as such for a while, for those who look for it. */
const REMEMBERED = 60 * 60_000;

export function writeWorker(store: ObjectStore, worker: WorkerRecord): Promise<void> {
  return writeRecord(store, paths.worker(worker.name), WorkerRecordSchema, worker);
}

export function removeWorker(store: ObjectStore, name: string): Promise<void> {
  return store.remove(paths.worker(name));
}

/** What every worker has said of itself last, live or not, by name. */
export async function listWorkers(store: ObjectStore): Promise<WorkerRecord[]> {
  const found: WorkerRecord[] = [];
  for await (const key of store.list(paths.workers())) {
    const worker = await readRecord(store, key, WorkerRecordSchema);
    if (worker) found.push(worker);
  }
  return found;
}

/** Removes what workers have left that were lost long ago. */
export async function forgetLostWorkers(store: ObjectStore, now: number = Date.now()): Promise<void> {
  for (const { name, expiresAt } of await listWorkers(store))
    if (Date.parse(expiresAt) + REMEMBERED < now) await removeWorker(store, name);
}
