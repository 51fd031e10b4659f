import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { showDownloads } from '../metrics/download-figures.ts';
import type { OnDownload } from '../simple/wheel-files.ts';
import { dayOf } from '../storage/cache-uses.ts';
import { type Addition, addDownloads } from '../storage/downloads.ts';
import type { Api } from './context.ts';

/** How often what was counted is written, in milliseconds: a process that is killed loses so much at most. */
const WRITTEN_EVERY = 60_000;
/** Different wheels that are kept until they are written, some 150 bytes each; reached only where nothing can be written for long. */
const MOST_WHEELS = 100_000;
/** Projects that are written at once: the store has others to serve. */
const AT_ONCE = 4;

/** Counts the wheels that one process sends, and writes into the bucket how many they were. */
export type Downloads = {
  count: OnDownload;
  /** Writes what was counted until now. */
  write(): Promise<void>;
  /** Writes the last of it. To be called when nothing is sent any more. */
  close(): Promise<void>;
};

/**
 * Nothing is lost or counted twice where a write fails: what is not known to be written is written again under its number, before
 * anything else of its project.
 */
export function countDownloads({ store, log, metrics }: Pick<Api, 'store' | 'log' | 'metrics'>): Downloads {
  const writer = randomBytes(8).toString('hex');
  const counted = new Map<string, Map<string, number>>();
  const unsure = new Map<string, Addition>();
  const inTurns = pLimit(AT_ONCE);
  let kept = 0;
  let uncounted = 0;
  let total = 0;
  let additions = 0;
  let writing: Promise<void> = Promise.resolve();

  async function add(addition: Addition): Promise<void> {
    unsure.set(addition.project, addition);
    await addDownloads(store, addition);
    unsure.delete(addition.project);
    kept -= addition.wheels.size;
  }

  async function writeProject(project: string): Promise<void> {
    const again = unsure.get(project);
    if (again) await add(again);
    const wheels = counted.get(project);
    if (!wheels) return;
    counted.delete(project);
    additions += 1;
    await add({ project, day: dayOf(new Date()), writer, number: additions, wheels });
  }

  async function writeAll(): Promise<void> {
    const projects = [...new Set([...unsure.keys(), ...counted.keys()])];
    const ended = await Promise.allSettled(projects.map((one) => inTurns(() => writeProject(one))));
    const failed = ended.filter((one) => one.status === 'rejected');
    if (failed.length > 0)
      log.warn(
        { err: failed[0]?.reason, projects: failed.length, uncounted },
        'downloads are not written; they will be',
      );
  }

  function write(): Promise<void> {
    writing = writing.then(writeAll);
    return writing;
  }

  const timer = setInterval(write, WRITTEN_EVERY);
  timer.unref();
  showDownloads(metrics.registry, () => total);
  return {
    count({ project, filename }) {
      total += 1;
      let own = counted.get(project);
      if (!own) {
        own = new Map();
        counted.set(project, own);
      }
      const before = own.get(filename);
      if (before !== undefined) own.set(filename, before + 1);
      else if (kept < MOST_WHEELS) {
        own.set(filename, 1);
        kept += 1;
      } else uncounted += 1;
    },
    write,
    async close() {
      clearInterval(timer);
      await write();
    },
  };
}
