import pLimit from 'p-limit';
import { compareVersions, type Version } from '../core/version.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import { paths } from './bucket-paths.ts';
import { ROOT_PAGE } from './dirty-marks.ts';
import type { ObjectStore } from './object-store.ts';
import { listWheelNames } from './wheel-records.ts';

/** Small listings under way at once. */
const LISTS_AT_ONCE = 16;

/** What file names tell of a project; no record is read for it. */
export type ProjectSummary = { name: string; wheels: number; newest: string | undefined };

/**
 * Projects that have stored wheels, of any visibility, by name. A page costs a listing for each of its projects, however many
 * there are in all.
 *
 * @param after the name that the page before ended with
 * @param begins what their names begin with
 * @returns `limit` at most, and whether there may be more.
 */
export async function listProjects(
  store: ObjectStore,
  { after, begins = '', limit }: { after: string | undefined; begins?: string | undefined; limit: number },
): Promise<{ projects: ProjectSummary[]; isLast: boolean }> {
  const projects: ProjectSummary[] = [];
  let last = after;
  for (;;) {
    const names = await namesAfter(store, { last, begins, limit });
    const atOnce = pLimit(LISTS_AT_ONCE);
    const found = await Promise.all(names.map((name) => atOnce(() => summary(store, name))));
    for (const one of found) {
      // Bytes stay a day longer than the records that named them.
      if (one.wheels > 0) projects.push(one);
      if (projects.length === limit) return { projects, isLast: false };
    }
    if (names.length < limit) return { projects, isLast: true };
    last = names.at(-1);
  }
}

/** Every project that has a record, bytes, a page, a tombstone or a mark, ascending. */
export async function knownProjects(store: ObjectStore): Promise<string[]> {
  const names = new Set<string>();
  for (const prefix of [paths.projects(), paths.pages(), paths.allTombstones(), paths.allDirty()]) {
    // Listed as a whole: some servers look into each folder to know of it.
    for await (const key of store.list(prefix)) {
      const [name = '', ...rest] = key.slice(prefix.length).split('/');
      if (rest.length > 0 && name !== ROOT_PAGE) names.add(name);
    }
  }
  return [...names].sort();
}

async function namesAfter(
  store: ObjectStore,
  { last, begins, limit }: { last: string | undefined; begins: string; limit: number },
): Promise<string[]> {
  const prefix = paths.projects();
  const names: string[] = [];
  const options = { folders: true, atMost: limit + 1, ...(last !== undefined && { after: paths.wheelRecords(last) }) };
  for await (const folder of store.list(prefix + begins, options)) {
    if (folder.endsWith('/')) names.push(folder.slice(prefix.length, -1));
    if (names.length === limit) break;
  }
  return names;
}

async function summary(store: ObjectStore, name: string): Promise<ProjectSummary> {
  const filenames = await listWheelNames(store, name);
  const versions = filenames.flatMap((filename) => lenientWheelFilename(filename)?.version ?? []);
  const newest = versions.reduce<Version | undefined>(
    (best, one) => (best === undefined || compareVersions(one, best) > 0 ? one : best),
    undefined,
  );
  return { name, wheels: filenames.length, newest };
}
