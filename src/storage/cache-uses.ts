import { paths } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';

/** Notes that the file with this hash, of `size` bytes, is used now. */
export type NoteUse = (sha256: string, size: number) => void;

/** Of UTC, as text: what the name of a mark must not depend on is where the process runs. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/**
 * Notes for the eviction which read-through files are used: an empty object for each file and day, written once by each
 * process. Nobody waits for it, and one that cannot be written only makes its file look older than it is.
 */
export function createCacheUses(store: Pick<ObjectStore, 'put'>, now: () => Date = () => new Date()): NoteUse {
  let today = '';
  const noted = new Set<string>();
  return (sha256, size) => {
    const day = dayOf(now());
    if (day !== today) noted.clear();
    today = day;
    if (noted.has(sha256)) return;
    noted.add(sha256);
    store.put(paths.upstreamUse(day, sha256, size), '').catch(() => noted.delete(sha256));
  };
}
