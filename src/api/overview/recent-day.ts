import type { ObjectStore } from '../../storage/object-store.ts';
import { type RecentEntry, type RecentKind, recentSince } from '../../storage/recent.ts';
import { type Paced, paced } from './paced.ts';

export const DAY = 24 * 3600_000;

/** Looked at again each time: clocks of workers differ, and a line is written a moment after the time it has. */
const OVERLAP = 10 * 60_000;
/** A line may change later, too: a wheel fails its proof long after its build has ended. */
const WHOLE_EVERY = 60_000;
const EVERY = 1000;
const GOOD_FOR = 5000;
/** Lines of one kind that are kept at most, some 300 bytes each: more than that a day are not counted to their end. */
const MOST = 100_000;

/** What ended in the last 24 hours, newest first. */
export type RecentDay = { builds: readonly RecentEntry[]; prebuilds: readonly RecentEntry[] };

/**
 * Keeps the last day's lines of `recent/` in memory, so that nobody's request lists them. It costs a listing of names of what is
 * new, and of the whole day now and then.
 */
export function keepRecentDay(store: ObjectStore): Paced<RecentDay> {
  const builds = keepKind(store, 'builds');
  const prebuilds = keepKind(store, 'prebuilds');
  return paced(async () => ({ builds: await builds(), prebuilds: await prebuilds() }), {
    every: EVERY,
    goodFor: GOOD_FOR,
  });
}

function keepKind(store: ObjectStore, kind: RecentKind): () => Promise<readonly RecentEntry[]> {
  let kept: RecentEntry[] = [];
  let wholeAt = 0;
  return async () => {
    const now = Date.now();
    const newest = kept[0] && Date.parse(kept[0].endedAt);
    const isWhole = newest === undefined || now >= wholeAt;
    const since = isWhole ? now - DAY : Math.min(newest, now) - OVERLAP;
    const began = performance.now();
    const found = await entriesSince(store, kind, since);
    if (isWhole) wholeAt = now + Math.max(WHOLE_EVERY, 50 * (performance.now() - began));
    const older = kept.filter(({ endedAt }) => Date.parse(endedAt) < since && Date.parse(endedAt) >= now - DAY);
    kept = [...found, ...older].slice(0, MOST);
    return kept;
  };
}

async function entriesSince(store: ObjectStore, kind: RecentKind, since: number): Promise<RecentEntry[]> {
  const found: RecentEntry[] = [];
  for await (const entry of recentSince(store, kind, new Date(since))) {
    // While one line takes another's place both are there; the failure is the later word.
    const last = found.at(-1);
    const isSame = last?.id === entry.id && last.endedAt === entry.endedAt;
    if (!isSame) found.push(entry);
    else if (entry.state === 'failed') found[found.length - 1] = entry;
    if (found.length === MOST) break;
  }
  return found;
}
