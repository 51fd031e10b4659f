import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { type WheelRecord, WheelRecordSchema } from '../core/records/wheel.ts';
import { BuildFailure } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** Small reads of one project under way at once. */
const READS_AT_ONCE = 16;

/** Throws WheelmillError `store-corrupt` for a record that is none. */
export function readWheelRecord(
  store: ObjectStore,
  project: string,
  filename: string,
): Promise<WheelRecord | undefined> {
  return readRecord(store, paths.wheelRecord(project, filename), WheelRecordSchema);
}

/** File names of a project's records, ascending. */
export async function listWheelNames(store: ObjectStore, project: string): Promise<string[]> {
  const prefix = paths.wheelRecords(project);
  const names: string[] = [];
  for await (const key of store.list(prefix, { shallow: true })) {
    if (key.endsWith('.whl.json')) names.push(key.slice(prefix.length, -'.json'.length));
  }
  return names;
}

/** Every wheel stored of a project, of any visibility, by file name. */
export async function listWheelRecords(store: ObjectStore, project: string): Promise<WheelRecord[]> {
  return readWheelRecords(store, project, await listWheelNames(store, project));
}

/** The records of these names that are there. */
export async function readWheelRecords(
  store: ObjectStore,
  project: string,
  names: readonly string[],
): Promise<WheelRecord[]> {
  const limit = pLimit(READS_AT_ONCE);
  const records = await Promise.all(names.map((name) => limit(() => readWheelRecord(store, project, name))));
  return records.filter((record) => record !== undefined);
}

/**
 * Stores a wheel: a mark that its page is to be rendered, bytes, metadata, and last the record that makes it known. A
 * process that dies in between leaves objects that nothing refers to. Rendering the page is the caller's to arrange.
 *
 * @param wheel `path` is the wheel on this machine's disk, `metadata` its METADATA byte for byte.
 * @returns `already` when a record with the same bytes is there. One that only a prebuild's page shows becomes public when
 * it is published so; the other way round it stays public.
 * @throws BuildFailure `store-failed` when the name has other bytes or was deleted: a name never gets other contents.
 */
export async function publishWheel(
  store: ObjectStore,
  wheel: { record: WheelRecord; path: string; metadata: Buffer },
): Promise<'published' | 'already'> {
  const { record } = wheel;
  const { project, filename, sha256 } = record;
  const there = await readWheelRecord(store, project, filename);
  if (there && there.sha256 !== sha256) {
    throw new BuildFailure(
      'store-failed',
      `${filename} is stored with the SHA-256 ${there.sha256} and cannot get other contents (${sha256}).`,
    );
  }
  if (there && (there.visibility === 'public' || record.visibility === 'prebuild')) return 'already';
  if (await store.head(paths.tombstone(project, filename))) {
    throw new BuildFailure('store-failed', `${filename} was deleted here, and a deleted name does not come back.`);
  }
  await markDirty(store, project, filename);
  if (!there) {
    await store.put(paths.wheelFile(project, sha256, filename), { path: wheel.path });
    await store.put(paths.wheelMetadata(project, sha256, filename), wheel.metadata);
  }
  await writeRecord(store, paths.wheelRecord(project, filename), WheelRecordSchema, record);
  return 'published';
}

/** Yanks a stored wheel, or with no reason takes that back. Rendering the page is the caller's to arrange. */
export async function yankWheel(store: ObjectStore, record: WheelRecord, reason: string | undefined): Promise<void> {
  const { yanked, ...rest } = record;
  await markDirty(store, record.project, record.filename);
  const changed = { ...rest, ...(reason !== undefined && { yanked: reason }) };
  await writeRecord(store, paths.wheelRecord(record.project, record.filename), WheelRecordSchema, changed);
}

/**
 * Notes that a project's page must be rendered. `filename` is of the wheel whose record is about to be written: the mark
 * stays until a rendering has seen that record.
 */
export async function markDirty(store: ObjectStore, project: string, filename?: string): Promise<void> {
  const random = randomBytes(8).toString('hex');
  await store.put(paths.dirty(project, filename === undefined ? random : `${random}.${filename}`), '');
}

/** The file name a mark waits for, if it names one. */
export function awaitedName(mark: string): string | undefined {
  const leaf = mark.slice(mark.lastIndexOf('/') + 1);
  const dot = leaf.indexOf('.');
  return dot < 0 ? undefined : leaf.slice(dot + 1);
}
