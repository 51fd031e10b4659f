import type { DayDownloads, PastDownloads } from '../core/records/downloads.ts';
import { DayDownloadsSchema, PastDownloadsSchema } from '../core/records/downloads.ts';
import { paths } from './bucket-paths.ts';
import { dayOf } from './cache-uses.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** How often a project's wheels were sent: in all, and on each of the last days; of each file how often, and the day of the last. */
export type ProjectDownloads = {
  total: number;
  last30Days: number;
  wheels: ReadonlyMap<string, { count: number; last: string }>;
};

/** What one process adds to its object of a day; of its additions to it each has a higher number. */
export type Addition = {
  project: string;
  day: string;
  writer: string;
  number: number;
  wheels: ReadonlyMap<string, number>;
};

const DAY_MS = 24 * 3600_000;
const DAYS_SHOWN = 30;
/** Clocks of processes may be so many days apart: of a younger day somebody may still write. */
const OPEN_DAYS = 2;
/** How often what is being read may be put together by somebody else meanwhile. */
const ROUNDS = 5;

/** Adds what a process has sent. May be done again where it failed: what was written all the same is not added twice. */
export async function addDownloads(store: ObjectStore, addition: Addition): Promise<void> {
  const { project, day, writer, number } = addition;
  const key = paths.downloadsOfDay(project, day, writer);
  const before = await readRecord(store, key, DayDownloadsSchema);
  if (before?.addition === number) return;
  const wheels = { ...before?.wheels };
  for (const [filename, count] of addition.wheels) wheels[filename] = (wheels[filename] ?? 0) + count;
  await writeRecord(store, key, DayDownloadsSchema, { schema: 1, project, addition: number, wheels });
}

/** All that was written of a project's downloads; nothing of one that nobody has asked for. */
export async function readDownloads(store: ObjectStore, project: string, now = new Date()): Promise<ProjectDownloads> {
  for (let round = 1; ; round += 1) {
    const found = await summed(store, project, await lookFor(store, project), round < ROUNDS);
    if (!found) continue;
    const since = dayOf(new Date(now.getTime() - (DAYS_SHOWN - 1) * DAY_MS));
    const wheels = new Map(Object.entries(found.wheels));
    return {
      total: sum([...wheels.values()].map((one) => one.count)),
      last30Days: sum(Object.entries(found.days).flatMap(([day, count]) => (day >= since ? [count] : []))),
      wheels,
    };
  }
}

/**
 * Puts the objects of past days together, so that a project has one, and those of the last days. Any number of processes may do it at
 * once: nobody writes to such a day any more, so all come to the same, and nothing is removed before it is written elsewhere; who
 * finds that another one was there leaves it to that.
 *
 * @returns of how many projects
 */
export async function foldDownloads(
  store: ObjectStore,
  { now = new Date(), signal }: { now?: Date; signal?: AbortSignal } = {},
): Promise<number> {
  const open = dayOf(new Date(now.getTime() - (OPEN_DAYS - 1) * DAY_MS));
  let folded = 0;
  for await (const folder of store.list(paths.allDownloads(), { folders: true })) {
    signal?.throwIfAborted();
    const project = folder.split('/').at(-2)!;
    const { past, others, days } = await lookFor(store, project);
    const closed = days.filter(({ day }) => day < open);
    const last = closed
      .map(({ day }) => day)
      .sort()
      .at(-1);
    if (last !== undefined) {
      const together = await summed(store, project, { past, days: closed });
      // What was listed while another one removed it may be a part; that one had written before.
      if (!together || (await lookFor(store, project)).past !== past) continue;
      await writeRecord(store, paths.downloadsUntil(project, last), PastDownloadsSchema, together);
      folded += 1;
      if (past !== undefined) others.push(paths.downloadsUntil(project, past));
    }
    // Only now: whoever misses one of them finds them in what was written.
    for (const key of [...others, ...closed.map((one) => one.key)]) await store.remove(key);
  }
  return folded;
}

type Place = { day: string; key: string };

/** The last day of what was put together, the objects of later days, and others, which are in it. */
async function lookFor(
  store: ObjectStore,
  project: string,
): Promise<{ past: string | undefined; days: Place[]; others: string[] }> {
  const keys: string[] = [];
  for await (const key of store.list(paths.downloadsOf(project))) keys.push(key);
  const dayIn = (key: string) => key.slice(paths.downloadsOf(project).length).slice(0, 'YYYY-MM-DD'.length);
  const isPast = (key: string) => key === paths.downloadsUntil(project, dayIn(key));
  const past = keys.filter(isPast).map(dayIn).sort().at(-1);
  const isLater = (key: string) => past === undefined || dayIn(key) > past;
  const days = keys.filter((key) => !isPast(key) && isLater(key)).map((key) => ({ day: dayIn(key), key }));
  const others = keys.filter((key) => dayIn(key) !== past || !isPast(key)).filter((key) => !isLater(key));
  return { past, days, others };
}

/** Undefined where an object has gone meanwhile; with `strict` off, without those. */
async function summed(
  store: ObjectStore,
  project: string,
  { past, days }: { past: string | undefined; days: readonly Place[] },
  strict = true,
): Promise<PastDownloads | undefined> {
  const before =
    past === undefined ? undefined : await readRecord(store, paths.downloadsUntil(project, past), PastDownloadsSchema);
  const read = await Promise.all(days.map(({ key }) => readRecord(store, key, DayDownloadsSchema)));
  const isWhole = (past === undefined || before) && read.every((one) => one !== undefined);
  if (strict && !isWhole) return undefined;
  const wheels = { ...before?.wheels };
  const counts = { ...before?.days };
  read.forEach((one, at) => {
    if (one) addDay(one, days[at]!.day, wheels, counts);
  });
  const last = [...Object.keys(counts)].sort().at(-1) ?? '';
  const kept = last === '' ? '' : dayOf(new Date(Date.parse(last) - DAYS_SHOWN * DAY_MS));
  const recent = Object.fromEntries(Object.entries(counts).filter(([day]) => day >= kept));
  return { schema: 1, project, wheels, days: recent };
}

function addDay(
  { wheels: sent }: DayDownloads,
  day: string,
  wheels: PastDownloads['wheels'],
  counts: PastDownloads['days'],
): void {
  for (const [filename, count] of Object.entries(sent)) {
    const before = wheels[filename];
    const last = before && before.last > day ? before.last : day;
    wheels[filename] = { count: (before?.count ?? 0) + count, last };
    counts[day] = (counts[day] ?? 0) + count;
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, one) => total + one, 0);
