import { type BuildRecord, BuildRecordSchema, type BuildRequest, BuildRequestSchema } from '../core/records/build.ts';
import { type BuildProgress, BuildProgressSchema } from '../core/records/build-state.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { removeRecent, writeRecent } from './recent.ts';

export function readBuildRecord(store: ObjectStore, key: string): Promise<BuildRecord | undefined> {
  return readRecord(store, paths.buildRecord(key), BuildRecordSchema);
}

/** The request of a build that has not ended, or undefined. */
export function readOpenBuild(store: ObjectStore, key: string): Promise<BuildRequest | undefined> {
  return readRecord(store, paths.openBuild(key), BuildRequestSchema);
}

/** How many builds are under way; counted no further than `limit`. */
export async function countOpenBuilds(store: ObjectStore, limit: number): Promise<number> {
  let count = 0;
  for await (const _ of store.list(paths.openBuilds())) if (++count === limit) break;
  return count;
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
  await reopenBuild(store, request);
}

/** Opens a further run of a build for nobody but those who wait already. */
export function reopenBuild(store: ObjectStore, request: BuildRequest): Promise<void> {
  return writeRecord(store, paths.openBuild(request.key), BuildRequestSchema, request);
}

/**
 * Ends a build: the record, its line in the newest-first list, and only then the open request goes, unless it is for a
 * later run by now.
 */
export async function closeBuild(store: ObjectStore, record: BuildRecord): Promise<void> {
  await writeRecord(store, paths.buildRecord(record.key), BuildRecordSchema, record);
  await writeRecent(store, 'builds', inRecent(record));
  const open = await readOpenBuild(store, record.key);
  if (open && open.run <= record.run) await store.remove(paths.openBuild(record.key));
}

function inRecent({ key, endedAt, state, reason, project, phases, healed }: BuildRecord) {
  const figures = [Math.round((phases.building ?? 0) / 1000), healed ? 1 : 0];
  return { id: key, endedAt, state, reason, project, figures };
}

/**
 * Makes a build fail whose wheel is stored and does not load: it keeps its wheel. Nothing is different where the build has
 * another outcome by now.
 *
 * @returns whether it is failed for that now
 */
export async function failProof(
  store: ObjectStore,
  { key, run, sha256, message }: { key: string; run: number; sha256: string; message: string },
): Promise<boolean> {
  const record = await readBuildRecord(store, key);
  if (record?.run !== run || record.wheel?.sha256 !== sha256) return false;
  if (record.state !== 'stored') return record.reason === 'proof-failed';
  const failed: BuildRecord = { ...record, state: 'failed', reason: 'proof-failed', message };
  await writeRecord(store, paths.buildRecord(key), BuildRecordSchema, failed);
  await writeRecent(store, 'builds', inRecent(failed));
  await removeRecent(store, 'builds', inRecent(record));
  return true;
}

/** How a run of a build has ended already, or undefined: whoever comes to it later adopts that. */
export async function readFinalRecord(
  store: ObjectStore,
  { key, run }: Pick<BuildRequest, 'key' | 'run'>,
): Promise<BuildRecord | undefined> {
  const record = await readBuildRecord(store, key);
  return record && record.run >= run ? record : undefined;
}

/** Ids of the prebuilds that wait for a build; a mark that one left which has ended since may be among them. */
export async function waitingPrebuilds(store: ObjectStore, key: string): Promise<string[]> {
  const prefix = paths.waitingFor(key);
  const found: string[] = [];
  for await (const one of store.list(prefix)) found.push(one.slice(prefix.length));
  return found;
}
