import { setTimeout as after } from 'node:timers/promises';
import { type Tombstone, TombstoneSchema } from '../core/records/tombstone.ts';
import { BuildFailure } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import { isUnderWay, listMarks } from './dirty-marks.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * From so long (ms) before the bytes of a deleted wheel may go until they are gone nobody counts on them or puts them back:
 * clocks of two machines differ by less.
 */
const MARGIN = 5 * 60_000;
/** Renderings take seconds; one that is noted longer than this (ms) is waited for no further. */
const RENDERED_WITHIN = 10_000;
const LOOK_EVERY = 50;

export function readTombstone(store: ObjectStore, project: string, filename: string): Promise<Tombstone | undefined> {
  return readRecord(store, paths.tombstone(project, filename), TombstoneSchema);
}

export function writeTombstone(store: ObjectStore, tombstone: Tombstone): Promise<void> {
  const { project, filename } = tombstone.record;
  return writeRecord(store, paths.tombstone(project, filename), TombstoneSchema, tombstone);
}

/** File names of a project that were deleted, ascending; some may be back. */
export async function listTombstoneNames(store: ObjectStore, project: string): Promise<string[]> {
  const prefix = paths.tombstonesOf(project);
  const names: string[] = [];
  for await (const key of store.list(prefix)) names.push(key.slice(prefix.length));
  return names;
}

/** The tombstone that forbids a name: not one that somebody has lifted. */
export async function standingTombstone(
  store: ObjectStore,
  project: string,
  filename: string,
): Promise<Tombstone | undefined> {
  const tombstone = await readTombstone(store, project, filename);
  return tombstone?.lifted ? undefined : tombstone;
}

/** Whether the bytes are about to go: what is put there now could be taken away. */
function areBytesGoing({ lifted, bytesRemoved, removeBytesAt }: Tombstone): boolean {
  return !lifted && !bytesRemoved && Date.now() > Date.parse(removeBytesAt) - MARGIN;
}

/**
 * Lets a deleted name come back with the same bytes. Afterwards no rendering is under way that knows the tombstone as it
 * stood, and could finish the deletion.
 *
 * @throws BuildFailure `store-failed`, with which a retry helps, while the bytes are going or a rendering does not end.
 */
export async function liftTombstone(store: ObjectStore, tombstone: Tombstone): Promise<void> {
  const { project, filename } = tombstone.record;
  if (areBytesGoing(tombstone))
    throw new BuildFailure(
      'store-failed',
      `The bytes of ${filename}, which was deleted, are just being removed. Ask again in some minutes.`,
    );
  if (!tombstone.lifted) await writeTombstone(store, { ...tombstone, lifted: true });
  const end = performance.now() + RENDERED_WITHIN;
  for (const rendering of (await listMarks(store, project)).renderings) {
    while (await isUnderWay(store, rendering)) {
      if (performance.now() > end)
        throw new BuildFailure(
          'store-failed',
          `The index page of ${project} is just being rendered. Ask again in some minutes.`,
        );
      await after(LOOK_EVERY);
    }
  }
}
