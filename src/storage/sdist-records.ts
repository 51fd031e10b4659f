import { type SdistRecord, SdistRecordSchema } from '../core/records/sdist.ts';
import { WheelmillError } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import { markDirty } from './dirty-marks.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

export function readSdistRecord(
  store: ObjectStore,
  project: string,
  filename: string,
): Promise<SdistRecord | undefined> {
  return readRecord(store, paths.sdistRecord(project, filename), SdistRecordSchema);
}

/** File names of a project's uploaded sdists, ascending. */
export async function listSdistNames(store: ObjectStore, project: string): Promise<string[]> {
  const prefix = paths.sdistRecords(project);
  const names: string[] = [];
  for await (const key of store.list(prefix, { shallow: true }))
    if (key.endsWith('.json')) names.push(key.slice(prefix.length, -'.json'.length));
  return names;
}

/** A project's uploaded sdists, by file name. */
export async function listSdistRecords(store: ObjectStore, project: string): Promise<SdistRecord[]> {
  const names = await listSdistNames(store, project);
  const records = await Promise.all(names.map((name) => readSdistRecord(store, project, name)));
  return records.filter((record) => record !== undefined);
}

/**
 * Stores an uploaded sdist: its bytes, then the record that makes it known. A process that dies in between leaves an object
 * that nothing refers to. Its page shows wheels only, but which of them are private the sdists tell: it is marked, before and after, so that
 * a rendering sees the record. Rendering is the caller's to arrange.
 *
 * @param sdist `path` is the file on this machine's disk
 * @returns `already` when a record with the same bytes is there.
 * @throws WheelmillError `already-exists` when the name has other bytes, `file-deleted` when it was deleted.
 */
export async function publishSdist(
  store: ObjectStore,
  { record, path }: { record: SdistRecord; path: string },
): Promise<'published' | 'already'> {
  const { project, filename, sha256 } = record;
  const there = await readSdistRecord(store, project, filename);
  if (there?.sha256 === sha256) return 'already';
  if (there) throw new WheelmillError('already-exists', `${filename} already exists here with other contents.`);
  if (await store.head(paths.tombstone(project, filename)))
    throw new WheelmillError('file-deleted', `${filename} was deleted here, and a deleted name does not come back.`);
  await store.put(paths.sdist(project, sha256, filename), { path });
  await markDirty(store, project);
  await writeRecord(store, paths.sdistRecord(project, filename), SdistRecordSchema, record);
  await markDirty(store, project);
  return 'published';
}
