import { LRUCache } from 'lru-cache';
import type { ProjectNews } from './project-news.ts';

/** What the store has at a key. An equal `version` means the same value; without one it is always read again. */
export type Version<V> = { value: V; version?: string };

export type StoreMemoryOptions<V> = {
  /**
   * Looks a key up, or finds that what is `known` still stands and gives that back.
   * @returns undefined where the store has nothing.
   */
  load: (key: string, known: Version<V> | undefined) => Promise<Version<V> | undefined>;
  news: ProjectNews;
  /** What is kept takes about so many bytes at most, as `sizeOf` has it: with key and links. */
  maxBytes: number;
  sizeOf: (value: V) => number;
  /** Whether it is remembered too that the store has nothing. */
  remembersMissing: boolean;
  /** Milliseconds of a clock that only goes forward, the same as of the news. */
  now?: () => number;
};

export type StoreMemory<V> = {
  /**
   * What the store has at the key, not older than MAX_AGE, and not older than the last news of the project.
   * At once (no promise) where it is known. @throws what `load` throws: what is too old is never given instead.
   */
  get(key: string, project: string): V | undefined | Promise<V | undefined>;
};

/** News can get lost on its way. This is how long what it told of may be served as it was before, in milliseconds. */
export const MAX_AGE = 2_000;
/** What is asked for all the time is looked at again after this, in the background, so that nobody waits for it. */
const REFRESH_AGE = 1_000;
/** Names that nothing is stored for: anybody can ask for any number, and they must not push out what is there. */
const MAX_MISSING = 5_000;
/** Projects whose last news is known; of one that is forgotten, all projects' entries of before it are looked up again. */
const MAX_NEWS = 10_000;
type Entry<V> = Version<V> & { checkedAt: number };
type Flight<V> = { startedAt: number; found: Promise<V | undefined> };

/**
 * A bounded memory in front of the store. Nothing is ever taken out of it for being changed: an entry counts only while the
 * look at the store that confirmed it began after the last news of its project, after word was last lost, and no longer
 * than MAX_AGE ago. So a look that is under way when news arrives cannot bring back what was before.
 */
export function createStoreMemory<V>(options: StoreMemoryOptions<V>): StoreMemory<V> {
  const { load, news, sizeOf, remembersMissing, now = () => performance.now() } = options;
  const entries = new LRUCache<string, Entry<V>>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ value }) => sizeOf(value),
  });
  const missing = new LRUCache<string, number>({ max: MAX_MISSING });
  const flights = new Map<string, Flight<V>>();
  let forgotten = Number.NEGATIVE_INFINITY;
  const changedAt = new LRUCache<string, number>({
    max: MAX_NEWS,
    dispose: (at, _project, reason) => {
      if (reason === 'evict') forgotten = Math.max(forgotten, at);
    },
  });
  news.watch((project) => changedAt.set(project, now()));

  function keep(key: string, startedAt: number, found: Version<V> | undefined): void {
    const known = entries.get(key);
    // Of two looks at once the one that began later has seen more.
    if (startedAt < Math.max(known?.checkedAt ?? 0, missing.get(key) ?? 0)) return;
    if (!found) {
      entries.delete(key);
      if (remembersMissing) missing.set(key, startedAt);
      return;
    }
    missing.delete(key);
    if (known && known.value === found.value) known.checkedAt = startedAt;
    else entries.set(key, { ...found, checkedAt: startedAt });
  }

  function look(key: string): Promise<V | undefined> {
    const startedAt = now();
    const found = load(key, entries.peek(key))
      .then((version) => {
        keep(key, startedAt, version);
        return version?.value;
      })
      .finally(() => {
        if (flights.get(key)?.found === found) flights.delete(key);
      });
    flights.set(key, { startedAt, found });
    return found;
  }

  return {
    get(key, project) {
      const at = now();
      const after = Math.max(at - MAX_AGE, news.completeSince(), changedAt.get(project) ?? forgotten, forgotten);
      const entry = entries.get(key);
      const checkedAt = entry?.checkedAt ?? missing.get(key);
      const flight = flights.get(key);
      if (checkedAt !== undefined && checkedAt > after) {
        // Who comes when it is too old waits, and is told of a failure.
        if (at - checkedAt > REFRESH_AGE && !flight) look(key).catch(() => {});
        return entry?.value;
      }
      return flight && flight.startedAt > after ? flight.found : look(key);
    },
  };
}
