import { paths } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';

/** One line of the newest-first lists: all that a list filters by, in the object's name. */
export type RecentEntry = {
  id: string;
  endedAt: string;
  state: string;
  reason?: string | undefined;
  project?: string | undefined;
};

/** `.` parts the fields; a project name has none once normalised (PEP 503), states and reasons have none. */
export async function writeRecent(store: ObjectStore, kind: 'builds' | 'prebuilds', entry: RecentEntry): Promise<void> {
  await store.put(keyOf(kind, entry), '');
}

/** Takes a line away in whose place another one was written. */
export async function removeRecent(
  store: ObjectStore,
  kind: 'builds' | 'prebuilds',
  entry: RecentEntry,
): Promise<void> {
  await store.remove(keyOf(kind, entry));
}

function keyOf(kind: 'builds' | 'prebuilds', { id, state, reason = '', project = '', endedAt }: RecentEntry): string {
  return paths.recent(kind, new Date(endedAt), [id, state, reason, project].join('.'));
}

/**
 * One page of what ended, newest first.
 *
 * @param after the cursor of the page before, as it was given in `next`.
 * @returns entries that pass `keep`, `limit` at most, and the cursor of the next page where there is one.
 */
export async function listRecent(
  store: ObjectStore,
  kind: 'builds' | 'prebuilds',
  options: { limit: number; after?: string | undefined; keep?: (entry: Omit<RecentEntry, 'endedAt'>) => boolean },
): Promise<{ entries: Omit<RecentEntry, 'endedAt'>[]; next: string | undefined }> {
  const prefix = paths.recentOf(kind);
  const entries: Omit<RecentEntry, 'endedAt'>[] = [];
  let last: string | undefined;
  for await (const key of store.list(prefix, options.after ? { after: prefix + options.after } : {})) {
    if (entries.length === options.limit) return { entries, next: last };
    const [id = '', state = '', reason, project] = (key.split('/').at(-1) ?? '').split('.');
    const entry = { id, state, reason: reason || undefined, project: project || undefined };
    if (!options.keep || options.keep(entry)) entries.push(entry);
    last = key.slice(prefix.length);
  }
  return { entries, next: undefined };
}
