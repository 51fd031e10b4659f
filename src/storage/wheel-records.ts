import pLimit from 'p-limit';
import type { Tombstone } from '../core/records/tombstone.ts';
import { type WheelRecord, WheelRecordSchema } from '../core/records/wheel.ts';
import { BuildFailure } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import { announceRecord } from './dirty-marks.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { liftTombstone, readTombstone } from './tombstones.ts';

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

export function writeWheelRecord(store: ObjectStore, record: WheelRecord): Promise<void> {
  return writeRecord(store, paths.wheelRecord(record.project, record.filename), WheelRecordSchema, record);
}

/** Puts a record in the place of another one of the same bytes. Rendering the page is the caller's to arrange. */
export async function changeWheelRecord(store: ObjectStore, record: WheelRecord): Promise<void> {
  await announceRecord(store, record, true);
  await writeWheelRecord(store, record);
}

/**
 * Stores a wheel: bytes, metadata, a mark that its page is to be rendered, and last the record that makes it known. A process
 * that dies in between leaves objects that nothing refers to. Rendering the page is the caller's to arrange.
 *
 * @param wheel `path` is the wheel on this machine's disk, `metadata` its METADATA byte for byte.
 * @returns `already` when a record with the same bytes is there. One that only a prebuild's page shows becomes public when
 * it is published so; the other way round it stays public. One that another procedure or recipe has made again is known as made by that.
 * @throws BuildFailure `store-failed` when the name has or had other bytes: it never gets other contents; `deleted` when this
 * very wheel was deleted here. A copy of upstream's file may come back by itself, for upstream has it anyway.
 */
export async function publishWheel(
  store: ObjectStore,
  wheel: { record: WheelRecord; path: string; metadata: Buffer },
): Promise<'published' | 'already'> {
  const { record } = wheel;
  const { project, filename, sha256 } = record;
  const there = await readWheelRecord(store, project, filename);
  const tombstone = await readTombstone(store, project, filename);
  for (const before of [there, tombstone?.record])
    if (before && before.sha256 !== sha256) throw nameTaken(before, record);
  if (tombstone && !tombstone.lifted && !isSameCopy(record, tombstone)) throw wasDeleted(tombstone);
  if (tombstone) await liftTombstone(store, tombstone);
  const isNews = there && (provenAgain(there, record) || shownToMore(there, record) || madeAnew(there, record));
  if (there && !tombstone && !isNews) return 'already';
  if (!there || tombstone) {
    await store.put(paths.wheelFile(project, sha256, filename), { path: wheel.path });
    await store.put(paths.wheelMetadata(project, sha256, filename), wheel.metadata);
  }
  const written = there ? asItStood(record, there) : record;
  await announceRecord(store, written, there !== undefined);
  await writeWheelRecord(store, written);
  if (tombstone) await store.remove(paths.tombstone(project, filename));
  return 'published';
}

/** Whether only prebuilds have shown a wheel that is for everyone now. */
function shownToMore(there: WheelRecord, { visibility }: WheelRecord): boolean {
  return there.visibility === 'prebuild' && visibility === 'public';
}

/** Whether the same bytes came of another procedure or recipe, by which later lists know that the wheel is what they would have built. */
function madeAnew(there: WheelRecord, { visibility, build }: WheelRecord): boolean {
  if (visibility !== 'public' || !build || !there.build) return false;
  return build.procedure !== there.build.procedure || build.recipe !== there.build.recipe;
}

/** Whether a wheel that failed its proof was built again, to be proven again. */
function provenAgain(there: WheelRecord, { proof }: WheelRecord): boolean {
  return there.proof?.state === 'failed' && proof?.state === 'waiting';
}

/**
 * The record of a wheel that is made again. What somebody has yanked stays so, and what is for everyone; what is known of whether it
 * loads stays known, unless it is to be proven again.
 */
function asItStood(record: WheelRecord, there: WheelRecord): WheelRecord {
  const { yanked, yankedHere, uploadedAt } = there;
  const proof = provenAgain(there, record) ? record.proof : (there.proof ?? record.proof);
  const { proof: _, ...made } = record;
  return {
    ...made,
    // Who installs as of a date (uv's --exclude-newer) still has it.
    uploadedAt,
    ...(there.visibility === 'public' && { visibility: 'public' as const }),
    ...(proof && { proof }),
    ...(yankedHere && yanked !== undefined && { yanked, yankedHere }),
  };
}

function isSameCopy(record: WheelRecord, tombstone: Tombstone): boolean {
  return record.origin === 'mirrored' && tombstone.record.origin === 'mirrored';
}

function nameTaken({ filename, sha256 }: WheelRecord, other: WheelRecord): BuildFailure {
  return new BuildFailure(
    'store-failed',
    `${filename} is, or was, stored with the SHA-256 ${sha256} and cannot get other contents (${other.sha256}).`,
  );
}

/** What a build or upload meets that would bring back a deleted wheel; `orElse` is a sentence on what else can be done. */
export function wasDeleted({ record, deletedAt, reason }: Tombstone, orElse = ''): BuildFailure {
  const why = reason === undefined ? '' : ` (${reason})`;
  return new BuildFailure(
    'deleted',
    `${record.filename} was deleted here on ${deletedAt.slice(0, 10)}${why}. To have it again: \`wheelmill undelete ${record.filename}\`. ${orElse}`.trim(),
  );
}
