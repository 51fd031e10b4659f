import { type BuildRecord, BuildRecordSchema, type BuildRequest, BuildRequestSchema } from '../core/records/build.ts';
import { type BuildProgress, BuildProgressSchema } from '../core/records/build-state.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { writeRecent } from './recent.ts';

export function readBuildRecord(store: ObjectStore, key: string): Promise<BuildRecord | undefined> {
  return readRecord(store, paths.buildRecord(key), BuildRecordSchema);
}

/** The request of a build that has not ended, or undefined. */
export function readOpenBuild(store: ObjectStore, key: string): Promise<BuildRequest | undefined> {
  return readRecord(store, paths.openBuild(key), BuildRequestSchema);
}

export function readBuildProgress(store: ObjectStore, key: string): Promise<BuildProgress | undefined> {
  return readRecord(store, paths.buildProgress(key), BuildProgressSchema);
}

export function writeBuildProgress(store: ObjectStore, key: string, progress: BuildProgress): Promise<void> {
  return writeRecord(store, paths.buildProgress(key), BuildProgressSchema, progress);
}

/** Opens a build: whom it must settle first, then the request, so that neither is ever lost without the other. */
export async function openBuild(store: ObjectStore, request: BuildRequest, prebuild: string): Promise<void> {
  await store.put(paths.waiting(request.key, prebuild), '');
  await writeRecord(store, paths.openBuild(request.key), BuildRequestSchema, request);
}

/** Ends a build: the record, its line in the newest-first list, and only then the open request goes. */
export async function closeBuild(store: ObjectStore, record: BuildRecord): Promise<void> {
  await writeRecord(store, paths.buildRecord(record.key), BuildRecordSchema, record);
  await writeRecent(store, 'builds', {
    id: record.key,
    endedAt: record.endedAt,
    state: record.state,
    reason: record.reason,
    project: record.project,
  });
  await store.remove(paths.openBuild(record.key));
}

/** Ids of the prebuilds that wait for a build. */
export async function waitingPrebuilds(store: ObjectStore, key: string): Promise<string[]> {
  const prefix = paths.waitingFor(key);
  const found: string[] = [];
  for await (const one of store.list(prefix)) found.push(one.slice(prefix.length));
  return found;
}
