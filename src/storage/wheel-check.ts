import { createHash } from 'node:crypto';
import type { ReindexFault } from '../core/records/reindex.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { sha256Hex } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';
import { listTombstoneNames, readTombstone, standingTombstone, writeTombstone } from './tombstones.ts';
import { readWheelRecord } from './wheel-records.ts';

/** What is wrong with the wheels of a project, and what of its objects nothing refers to. */
export type ProjectCheck = {
  wheels: number;
  unreferenced: number;
  faults: { filename: string; fault: ReindexFault['fault']; record: WheelRecord | undefined }[];
};

/** Compares a project's records with what is there: sizes, the metadata's hash, and with `hash` that of all bytes. */
export async function checkProject(store: ObjectStore, project: string, hash: boolean): Promise<ProjectCheck> {
  const prefix = paths.wheelRecords(project);
  const keys = new Set<string>();
  for await (const key of store.list(prefix)) keys.add(key);
  const names = [...keys].filter((key) => /^[^/]+\.whl\.json$/.test(key.slice(prefix.length)));
  const check: ProjectCheck = { wheels: names.length, unreferenced: 0, faults: [] };
  const referenced = new Set<string>(names);
  const refer = ({ sha256, filename }: WheelRecord) => {
    referenced.add(paths.wheelFile(project, sha256, filename));
    referenced.add(paths.wheelMetadata(project, sha256, filename));
  };
  for (const key of names) {
    const filename = key.slice(prefix.length, -'.json'.length);
    const record = await readSound(store, project, filename);
    // Deleted since it was listed.
    if (record === undefined) continue;
    if (record !== 'unreadable') refer(record);
    const fault = record === 'unreadable' ? 'record-unreadable' : await faultOf(store, record, hash);
    if (fault) check.faults.push({ filename, fault, record: record === 'unreadable' ? undefined : record });
  }
  for (const filename of await listTombstoneNames(store, project)) {
    const tombstone = await readTombstone(store, project, filename);
    if (tombstone && !tombstone.bytesRemoved) refer(tombstone.record);
  }
  check.unreferenced = [...keys].filter((key) => !referenced.has(key)).length;
  return check;
}

async function readSound(store: ObjectStore, project: string, filename: string) {
  try {
    return await readWheelRecord(store, project, filename);
  } catch (error) {
    if (error instanceof WheelmillError && error.code === 'store-corrupt') return 'unreadable' as const;
    throw error;
  }
}

async function faultOf(
  store: ObjectStore,
  { project, sha256, filename, size, metadataSha256 }: WheelRecord,
  hash: boolean,
): Promise<ReindexFault['fault'] | undefined> {
  const key = paths.wheelFile(project, sha256, filename);
  const bytes = await store.head(key);
  if (!bytes) return 'bytes-missing';
  if (bytes.size !== size) return 'bytes-wrong-size';
  if (hash && (await hashOf(store, key)) !== sha256) return 'bytes-wrong-hash';
  const metadata = await store.read(paths.wheelMetadata(project, sha256, filename));
  if (!metadata) return 'metadata-missing';
  return sha256Hex(metadata) === metadataSha256 ? undefined : 'metadata-wrong-hash';
}

async function hashOf(store: ObjectStore, key: string): Promise<string | undefined> {
  const open = await store.open(key);
  if (!open) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of open.body) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Takes a broken wheel out of the records. Its name may come back with the same bytes, and with no others; one that somebody has
 * deleted meanwhile stays deleted. The page is to be rendered afterwards.
 */
export async function withdrawWheel(store: ObjectStore, record: WheelRecord, reason: string): Promise<void> {
  if (await standingTombstone(store, record.project, record.filename)) return;
  const now = new Date().toISOString();
  const state = { deletedAt: now, reason, removeBytesAt: now, bytesRemoved: true, lifted: true } as const;
  await writeTombstone(store, { schema: 1, record, ...state });
  await store.remove(paths.wheelRecord(record.project, record.filename));
}
