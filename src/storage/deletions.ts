import type { Tombstone } from '../core/records/tombstone.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from './bucket-paths.ts';
import { announceDeletion, markDirty } from './dirty-marks.ts';
import type { ObjectStore } from './object-store.ts';
import { liftTombstone, readTombstone, writeTombstone } from './tombstones.ts';
import { changeWheelRecord, readWheelRecord } from './wheel-records.ts';

/** Installs that have read the page before may still fetch the file, from a static server too; and it can be taken back. */
const KEEP_BYTES = 24 * 60 * 60_000;

/**
 * Deletes a stored wheel: a mark, when its bytes are due, and the tombstone, by which it is deleted. The rendering of the page,
 * which is the caller's to arrange, takes it off the page and then removes its record.
 */
export async function deleteWheel(
  store: ObjectStore,
  record: WheelRecord,
  reason: string | undefined,
): Promise<Tombstone> {
  const { project, filename } = record;
  const now = new Date();
  const due = new Date(now.getTime() + KEEP_BYTES);
  const tombstone: Tombstone = {
    schema: 1,
    record,
    deletedAt: now.toISOString(),
    ...(reason && { reason }),
    removeBytesAt: due.toISOString(),
  };
  await announceDeletion(store, project, filename);
  await store.put(paths.deletion(due, project, filename), '');
  await writeTombstone(store, tombstone);
  return tombstone;
}

/**
 * Takes a deletion back: the wheel as it was while its bytes are kept, else only its name, which may then be stored again with
 * the same bytes. Rendering the page is the caller's to arrange.
 *
 * @throws BuildFailure `store-failed`, with which a retry helps, while the bytes are just being removed.
 */
export async function undeleteWheel(store: ObjectStore, tombstone: Tombstone): Promise<'restored' | 'released'> {
  const { record } = tombstone;
  const { project, filename } = record;
  await liftTombstone(store, tombstone);
  if (tombstone.bytesRemoved || !(await isWhole(store, record))) return 'released';
  await changeWheelRecord(store, record);
  await store.remove(paths.tombstone(project, filename));
  await store.remove(paths.deletion(new Date(tombstone.removeBytesAt), project, filename));
  return 'restored';
}

/** Whether what a record names is there, with its size. */
export async function isWhole(store: ObjectStore, { project, sha256, filename, size }: WheelRecord): Promise<boolean> {
  const bytes = await store.head(paths.wheelFile(project, sha256, filename));
  return bytes?.size === size && (await store.head(paths.wheelMetadata(project, sha256, filename))) !== undefined;
}

/**
 * Removes the bytes of wheels that were deleted long enough ago. Upkeep does it; it may be done twice, and be cut off.
 *
 * @returns how many wheels are gone.
 */
export async function removeDueBytes(store: ObjectStore, now = new Date()): Promise<number> {
  const prefix = paths.deletions();
  const due: string[] = [];
  for await (const key of store.list(prefix)) {
    if (Number(key.slice(prefix.length).split('/')[0]) > now.getTime()) break;
    due.push(key);
  }
  let removed = 0;
  for (const key of due) {
    const [, project = '', filename = ''] = key.slice(prefix.length).split('/');
    const tombstone = await readTombstone(store, project, filename);
    // Of this deletion, and not of a later one of the same wheel.
    const isThis = tombstone && key === paths.deletion(new Date(tombstone.removeBytesAt), project, filename);
    if (isThis && !tombstone.lifted && !tombstone.bytesRemoved) {
      // A page that could not be rendered since may still list it.
      if (await readWheelRecord(store, project, filename)) {
        await markDirty(store, project);
        continue;
      }
      await removeBytes(store, tombstone);
      removed++;
    }
    await store.remove(key);
  }
  return removed;
}

async function removeBytes(store: ObjectStore, tombstone: Tombstone): Promise<void> {
  const { project, sha256, filename } = tombstone.record;
  await store.remove(paths.wheelMetadata(project, sha256, filename));
  await store.remove(paths.wheelFile(project, sha256, filename));
  await writeTombstone(store, { ...tombstone, bytesRemoved: true });
}
