import { paths, timeOf } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';

export type RecentKind = 'builds' | 'prebuilds';

/** One line of the newest-first lists: all that a list filters or counts by, in the object's name. */
export type RecentEntry = {
  id: string;
  endedAt: string;
  state: string;
  reason?: string | undefined;
  project?: string | undefined;
  target?: string | undefined;
  /** Numbers that sums are made of, in the order that `buildFigures` and `prebuildFigures` read. */
  figures?: readonly number[] | undefined;
};

/** Of a build: seconds of building, and whether self-healing added packages. Missing in lines of before they were kept. */
export function buildFigures({ figures = [] }: RecentEntry): { seconds: number; healed: boolean } {
  return { seconds: figures[0] ?? 0, healed: figures[1] === 1 };
}

/** Of a prebuild: its attempt, its items by kind, how many failed, and the seconds of building that hits spared. */
export function prebuildFigures({ figures }: RecentEntry) {
  if (!figures) return undefined;
  const [attempt = 1, hit = 0, mirror = 0, build = 0, failed = 0, savedSeconds = 0] = figures;
  return { attempt, hit, mirror, build, failed, savedSeconds };
}

/** A part of a key has 255 bytes at most; a line without figures is better than none. */
const MAX_LEAF = 250;

export async function writeRecent(store: ObjectStore, kind: RecentKind, entry: RecentEntry): Promise<void> {
  await store.put(keyOf(kind, entry), '');
}

/** Takes a line away in whose place another one was written. */
export async function removeRecent(store: ObjectStore, kind: RecentKind, entry: RecentEntry): Promise<void> {
  await store.remove(keyOf(kind, entry));
}

/** `.` parts the fields; a project name has none once normalised (PEP 503), states and reasons have none. A target's may. */
function keyOf(kind: RecentKind, entry: RecentEntry): string {
  const { id, state, reason = '', project = '', figures = [], target = '', endedAt } = entry;
  const fields = [id, state, reason, project];
  const more = [figures.join('-'), ...(target === '' ? [] : [target])];
  const whole = (figures.length > 0 || target !== '' ? [...fields, ...more] : fields).join('.');
  return paths.recent(kind, new Date(endedAt), whole.length > MAX_LEAF ? fields.join('.') : whole);
}

/** What a key says, the other way round. */
function entryOf(key: string): RecentEntry {
  const [time = '', leaf = ''] = key.split('/').slice(-2);
  const [id = '', state = '', reason, project, numbers, ...target] = leaf.split('.');
  return {
    ...{ id, state, endedAt: timeOf(time).toISOString() },
    reason: reason || undefined,
    project: project || undefined,
    target: target.join('.') || undefined,
    figures: numbers ? numbers.split('-').map(Number) : undefined,
  };
}

/** Everything that ended at or after a time, newest first: one listing of names, nothing is read. */
export async function* recentSince(store: ObjectStore, kind: RecentKind, since: Date): AsyncGenerator<RecentEntry> {
  for await (const key of store.list(paths.recentOf(kind))) {
    const entry = entryOf(key);
    if (Date.parse(entry.endedAt) < since.getTime()) return;
    yield entry;
  }
}

/**
 * One page of what ended, newest first.
 *
 * @param after the cursor of the page before, as it was given in `next`.
 * @returns entries that pass `keep`, `limit` at most, and the cursor of the next page where there is one.
 */
export async function listRecent(
  store: ObjectStore,
  kind: RecentKind,
  options: { limit: number; after?: string | undefined; keep?: (entry: RecentEntry) => boolean },
): Promise<{ entries: RecentEntry[]; next: string | undefined }> {
  const prefix = paths.recentOf(kind);
  const entries: RecentEntry[] = [];
  let last: string | undefined;
  for await (const key of store.list(prefix, options.after ? { after: prefix + options.after } : {})) {
    if (entries.length === options.limit) return { entries, next: last };
    const entry = entryOf(key);
    if (!options.keep || options.keep(entry)) entries.push(entry);
    last = key.slice(prefix.length);
  }
  return { entries, next: undefined };
}
