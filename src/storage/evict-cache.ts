import pLimit from 'p-limit';
import { paths } from './bucket-paths.ts';
import { dayOf } from './cache-uses.ts';
import { byCodeUnit } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

/** So much of the limit is left when files had to go, so that the next download does not exceed it again. */
const KEPT_SHARE = 0.9;
/** Questions and removals at a time: upkeep must not keep the store from serving. */
const AT_ONCE = 8;
/** A mark is written before its file; one without a file is left alone until any download has ended. */
const PENDING_DAYS = 2;
/** A file that has just come is about to be sent to whoever wanted it. */
const SETTLED_AFTER_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export type EvictionOptions = {
  /** Bytes that read-through files may have together. */
  limit: number;
  now?: Date;
  signal?: AbortSignal;
};

/** A file's last use, by day, and the mark that says so; a file without a mark counts as used when it was written. */
type Use = { day: string; size: number; mark?: string };
type CachedFile = Use & { key: string };

/**
 * Removes read-through files until the rest is below the limit, least recently used by day, and marks that say nothing any
 * more. Those that came in the last minutes stay for the next time. Nothing under `wheels/` is looked at. Any number of processes may do it at once, and others may read the files meanwhile: who
 * misses one fetches it again.
 *
 * @returns how many files went, and their bytes.
 */
export async function evictCache(
  store: ObjectStore,
  { limit, now = new Date(), signal }: EvictionOptions,
): Promise<{ files: number; bytes: number }> {
  const inTurns = pLimit(AT_ONCE);
  const remove = (keys: string[]) =>
    inTurns.map(keys, async (key) => {
      signal?.throwIfAborted();
      await store.remove(key);
    });
  const { latest, outdated } = await readUses(store);
  const files = await listFiles(store, latest, inTurns);
  signal?.throwIfAborted();

  const present = new Set(files.map((file) => file.mark));
  const pending = dayOf(new Date(now.getTime() - (PENDING_DAYS - 1) * DAY_MS));
  const orphaned = [...latest.values()].filter(({ day, mark }) => !present.has(mark) && day < pending);
  await remove([...outdated, ...orphaned.flatMap(({ mark }) => mark ?? [])]);

  const isSettled = async ({ key }: CachedFile) => {
    const info = await store.head(key);
    return info !== undefined && now.getTime() - info.modified.getTime() >= SETTLED_AFTER_MS;
  };
  const chosen = overLimit(files, limit);
  const settled = await inTurns.map(chosen, isSettled);
  const leaving = chosen.filter((_, at) => settled[at]);
  await remove(leaving.map((file) => file.key));
  // After the file: a file whose mark went first would look as if it was used when it was written.
  await remove(leaving.flatMap((file) => file.mark ?? []));
  return { files: leaving.length, bytes: sum(leaving) };
}

const MARK = /\/(\d{4}-\d\d-\d\d)\/([0-9a-f]{64})\.(\d{1,15})$/;

/** The latest mark of each file, by its hash, and all earlier ones. */
async function readUses(store: ObjectStore): Promise<{ latest: Map<string, Use>; outdated: string[] }> {
  const latest = new Map<string, Use>();
  const outdated: string[] = [];
  // Days are listed in their order.
  for await (const mark of store.list(paths.upstreamUses())) {
    const [, day, sha256, size] = MARK.exec(mark) ?? [];
    const superseded = sha256 === undefined ? mark : latest.get(sha256)?.mark;
    if (superseded !== undefined) outdated.push(superseded);
    if (day !== undefined && sha256 !== undefined) latest.set(sha256, { day, size: Number(size), mark });
  }
  return { latest, outdated };
}

async function listFiles(
  store: ObjectStore,
  uses: ReadonlyMap<string, Use>,
  inTurns: ReturnType<typeof pLimit>,
): Promise<CachedFile[]> {
  const files: CachedFile[] = [];
  const unmarked: string[] = [];
  for await (const key of store.list(paths.upstreamFiles())) {
    const use = uses.get(key.slice(paths.upstreamFiles().length).split('/')[0]!);
    if (use) files.push({ ...use, key });
    else unmarked.push(key);
  }
  const looked = await inTurns.map(unmarked, (key) => store.head(key));
  const found = looked.flatMap((info) => (info ? { key: info.key, size: info.size, day: dayOf(info.modified) } : []));
  return [...files, ...found];
}

/** Those that go, the least recently used first. */
function overLimit(files: readonly CachedFile[], limit: number): CachedFile[] {
  let left = sum(files);
  if (left <= limit) return [];
  const leaving: CachedFile[] = [];
  for (const file of [...files].sort((a, b) => byCodeUnit(a.day, b.day))) {
    if (left <= limit * KEPT_SHARE) break;
    left -= file.size;
    leaving.push(file);
  }
  return leaving;
}

const sum = (files: readonly CachedFile[]): number => files.reduce((total, { size }) => total + size, 0);
