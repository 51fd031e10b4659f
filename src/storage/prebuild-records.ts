import {
  type MirrorFailures,
  MirrorFailuresSchema,
  type Plan,
  PlanSchema,
  type PrebuildRecord,
  PrebuildRecordSchema,
  type PrebuildRequest,
  PrebuildRequestSchema,
} from '../core/records/prebuild.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { type RecentEntry, writeRecent } from './recent.ts';

/** Numbers of a prebuild's attempts, ascending; empty when nobody ever asked for it. */
export async function listAttempts(store: ObjectStore, id: string): Promise<number[]> {
  const prefix = paths.prebuild(id);
  const attempts: number[] = [];
  for await (const folder of store.list(prefix, { folders: true }))
    attempts.push(Number(folder.slice(prefix.length, -1)));
  return attempts.filter(Number.isInteger).sort((one, other) => one - other);
}

export function readPrebuildRequest(
  store: ObjectStore,
  id: string,
  attempt: number,
): Promise<PrebuildRequest | undefined> {
  return readRecord(store, paths.prebuildRequest(id, attempt), PrebuildRequestSchema);
}

/**
 * Opens an attempt: the marker that upkeep looks at, then the list as it was sent, and last the request that makes the
 * attempt exist.
 */
export async function openPrebuild(store: ObjectStore, request: PrebuildRequest, list: Buffer): Promise<void> {
  await store.put(paths.openPrebuild(request.id), `${request.attempt} ${request.turn?.client ?? ''}\n`);
  await store.put(paths.prebuildList(request.id, request.attempt), list);
  await writePrebuildRequest(store, request);
}

export function writePrebuildRequest(store: ObjectStore, request: PrebuildRequest): Promise<void> {
  return writeRecord(store, paths.prebuildRequest(request.id, request.attempt), PrebuildRequestSchema, request);
}

/** The list of an attempt as it was sent. */
export async function readPrebuildList(store: ObjectStore, id: string, attempt: number): Promise<Buffer> {
  return (await store.read(paths.prebuildList(id, attempt))) ?? Buffer.alloc(0);
}

/** The attempt that was open last, or undefined when no attempt is under way. */
export async function readOpenPrebuild(store: ObjectStore, id: string): Promise<number | undefined> {
  const bytes = await store.read(paths.openPrebuild(id));
  return bytes ? Number.parseInt(bytes.toString('utf8'), 10) : undefined;
}

/** Ids of the prebuilds that are under way, `limit` at most. */
export async function listOpenPrebuilds(store: ObjectStore, limit: number): Promise<string[]> {
  const prefix = paths.openPrebuilds();
  const ids: string[] = [];
  for await (const key of store.list(prefix)) {
    if (ids.length === limit) break;
    ids.push(key.slice(prefix.length));
  }
  return ids;
}

/** Who asked for the attempt that is open: as it was noted with its number. */
export async function readOpenClient(store: ObjectStore, id: string): Promise<string | undefined> {
  const bytes = await store.read(paths.openPrebuild(id));
  return bytes?.toString('utf8').trim().split(' ').slice(1).join(' ');
}

export function readPlan(store: ObjectStore, id: string, attempt: number): Promise<Plan | undefined> {
  return readRecord(store, paths.prebuildPlan(id, attempt), PlanSchema);
}

/** Wheels that are made before the plan is, in the shape of a plan of their own. */
export function readFirstWheels(store: ObjectStore, id: string, attempt: number): Promise<Plan | undefined> {
  return readRecord(store, paths.prebuildFirst(id, attempt), PlanSchema);
}

export function writePlan(store: ObjectStore, plan: Plan): Promise<void> {
  const key = plan.provisional ? paths.prebuildFirst(plan.id, plan.attempt) : paths.prebuildPlan(plan.id, plan.attempt);
  return writeRecord(store, key, PlanSchema, plan);
}

export async function readMirrorFailures(
  store: ObjectStore,
  id: string,
  attempt: number,
): Promise<MirrorFailures['failures'] | undefined> {
  return (await readRecord(store, paths.prebuildMirrors(id, attempt), MirrorFailuresSchema))?.failures;
}

export function writeMirrorFailures(
  store: ObjectStore,
  id: string,
  attempt: number,
  failures: MirrorFailures['failures'],
): Promise<void> {
  return writeRecord(store, paths.prebuildMirrors(id, attempt), MirrorFailuresSchema, { schema: 1, failures });
}

export function readPrebuildRecord(
  store: ObjectStore,
  id: string,
  attempt: number,
): Promise<PrebuildRecord | undefined> {
  return readRecord(store, paths.prebuildRecord(id, attempt), PrebuildRecordSchema);
}

/** Ends an attempt: the locked list, the record, its line in the newest-first list, and then its open marker goes. */
export async function closePrebuild(store: ObjectStore, record: PrebuildRecord, lockedList: string): Promise<void> {
  await store.put(paths.prebuildLocked(record.id, record.attempt), lockedList);
  await writeRecord(store, paths.prebuildRecord(record.id, record.attempt), PrebuildRecordSchema, record);
  await writeRecent(store, 'prebuilds', inRecent(record));
  await store.remove(paths.openPrebuild(record.id));
}

/**
 * Writes an attempt that ended as it began, everything being stored already. It is not opened: one that is cut off here
 * has no record, nobody waits for it, and posting the list again takes its number anew.
 */
export async function writeEndedPrebuild(
  store: ObjectStore,
  ended: { request: PrebuildRequest; list: Buffer; plan: Plan; record: PrebuildRecord; lockedList: string },
): Promise<void> {
  const { request, list, plan, record, lockedList } = ended;
  const { id, attempt } = request;
  await Promise.all([
    store.put(paths.prebuildList(id, attempt), list),
    writeRecord(store, paths.prebuildRequest(id, attempt), PrebuildRequestSchema, request),
    writePlan(store, plan),
    store.put(paths.prebuildLocked(id, attempt), lockedList),
  ]);
  await writeRecord(store, paths.prebuildRecord(id, attempt), PrebuildRecordSchema, record);
  await writeRecent(store, 'prebuilds', inRecent(record));
}

function inRecent({ id, attempt, endedAt, state, target, items }: PrebuildRecord): RecentEntry {
  const count = (kind: PrebuildRecord['items'][number]['kind']) => items.filter((one) => one.kind === kind).length;
  const failed = items.filter((one) => one.state === 'failed').length;
  const saved = items.reduce((sum, one) => sum + (one.saved ?? 0), 0);
  const figures = [attempt, count('hit'), count('mirror'), count('build'), failed, Math.round(saved / 1000)];
  return { id, endedAt, state, target, figures };
}

/** The newest attempt that ended ready: what is served while a newer one is under way or has failed. */
export async function newestReady(store: ObjectStore, id: string): Promise<PrebuildRecord | undefined> {
  for (const attempt of (await listAttempts(store, id)).reverse()) {
    const record = await readPrebuildRecord(store, id, attempt);
    if (record?.state === 'ready') return record;
  }
  return undefined;
}
