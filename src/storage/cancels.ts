import { type Cancel, CancelSchema } from '../core/records/cancel.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** @param id a build key or a prebuild's id */
export function readCancel(store: ObjectStore, id: string): Promise<Cancel | undefined> {
  return readRecord(store, paths.cancel(id), CancelSchema);
}

/**
 * Notes the wish to cancel a run or an attempt, and gives the wish as it stands: an earlier one for the same is kept, with
 * its time, as what is made of it should be the same whoever makes it.
 */
export async function wishCancel(
  store: ObjectStore,
  id: string,
  of: number,
  { force = false }: { force?: boolean } = {},
): Promise<Cancel> {
  const there = await readCancel(store, id);
  if (there && there.of >= of && (there.force || !force)) return there;
  const at = there?.of === of ? there.at : new Date().toISOString();
  const wish: Cancel = { schema: 1, of, ...(force && { force: true }), at };
  await writeRecord(store, paths.cancel(id), CancelSchema, wish);
  return wish;
}

/** Takes the wish back, or notes that it is fulfilled. One for a later run or attempt than `of` stays. */
export async function removeCancel(store: ObjectStore, id: string, of: number): Promise<void> {
  const there = await readCancel(store, id);
  if (there && there.of <= of) await store.remove(paths.cancel(id));
}

/** Build keys and prebuild ids that somebody wants cancelled. */
export async function listCancels(store: ObjectStore): Promise<string[]> {
  const prefix = paths.cancels();
  const ids: string[] = [];
  for await (const key of store.list(prefix)) ids.push(key.slice(prefix.length));
  return ids;
}
