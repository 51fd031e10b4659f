import { type Reindex, type ReindexRequest, ReindexRequestSchema, ReindexSchema } from '../core/records/reindex.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** What is asked for and has not ended, or undefined. */
export function readOpenReindex(store: ObjectStore): Promise<ReindexRequest | undefined> {
  return readRecord(store, paths.openReindex(), ReindexRequestSchema);
}

export function openReindex(store: ObjectStore, request: ReindexRequest): Promise<void> {
  return writeRecord(store, paths.openReindex(), ReindexRequestSchema, request);
}

/** How the latest one stands or ended. */
export function readReindex(store: ObjectStore): Promise<Reindex | undefined> {
  return readRecord(store, paths.reindex(), ReindexSchema);
}

export function writeReindex(store: ObjectStore, reindex: Reindex): Promise<void> {
  return writeRecord(store, paths.reindex(), ReindexSchema, reindex);
}

/** The record, and then it is open no more. */
export async function closeReindex(store: ObjectStore, reindex: Reindex): Promise<void> {
  await writeReindex(store, reindex);
  await store.remove(paths.openReindex());
}
