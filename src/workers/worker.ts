import { setTimeout as after } from 'node:timers/promises';
import { foldDownloads } from '../storage/downloads.ts';
import { evictCache } from '../storage/evict-cache.ts';
import { listTargets } from '../storage/target-records.ts';
import { forgetLostWorkers } from '../storage/worker-records.ts';
import { announce } from './announcement.ts';
import type { Worker } from './context.ts';
import { pageJob } from './jobs/page-job.ts';
import { reindexJob } from './jobs/reindex-job.ts';
import { settleJob } from './jobs/settle-job.ts';
import type { StopServing } from './queue/queue.ts';
import { lanesOf } from './queue/works.ts';
import { type Serve, serveTarget } from './serve-target.ts';
import { upkeep } from './upkeep.ts';

/** Renderings and settlements are short reads and writes of the bucket. */
const SMALL_JOBS_AT_ONCE = 8;
/** Eviction lists the whole cache, and the counts of downloads of every project: nobody should pay for that every minute. */
const TIDYING_INTERVAL_MS = 60 * 60_000;

export type RunningWorker = {
  /** Resolves when a target is served and of every other one it is known whether it can be: none waits for the others. */
  ready: Promise<void>;
  /** Takes no further job; those that run have WHEELMILL_STOP_GRACE to end, and are given back to the queue then. */
  close(): Promise<void>;
};

/**
 * Serves the queue's lanes: those of the targets its engine can run, once they are probed, and the small common ones. Says
 * in the bucket that it is there and what it serves.
 * Upkeep and the sweep of orphaned containers run at the start and then every WHEELMILL_UPKEEP_INTERVAL, the
 * eviction of what was read through from upstream at the start and then every hour, with the counts of downloads of past days.
 */
export function startWorker(worker: Worker): RunningWorker {
  const ending = new AbortController();
  const stops: StopServing[] = [];
  const announcement = announce(worker);
  const serve: Serve = async (lane, concurrency, handler) => {
    const stop = await worker.queue.serve(lane, concurrency, handler);
    stops.push(stop);
    return stop;
  };
  const start = async () => {
    await serve('pages', SMALL_JOBS_AT_ONCE, pageJob(worker));
    await serve('settles', SMALL_JOBS_AT_ONCE, settleJob(worker));
    await serve('reindexes', 1, reindexJob(worker));
    const { targets } = worker.config;
    const untried = new Set(targets);
    let served = false;
    await new Promise<void>((resolve) => {
      serving = targets.map((pair) => {
        const onTried = (isServed: boolean) => {
          untried.delete(pair);
          served ||= isServed;
          if (served && untried.size === 0) resolve();
        };
        return serveTarget({ worker, announcement, serve, onTried, signal: ending.signal }, pair);
      });
      ending.signal.addEventListener('abort', () => resolve());
    });
  };
  let serving: Promise<void>[] = [];
  const chores = repeat(() => guardedChore(worker), worker.config.upkeepInterval, ending.signal);
  const tidying = repeat(() => tidy(worker, ending.signal), TIDYING_INTERVAL_MS, ending.signal);
  const ready = start();
  ready.catch((error) => worker.log.error({ err: error }, 'the worker could not start'));
  return {
    ready,
    async close() {
      ending.abort();
      await ready.catch(() => undefined);
      await announcement.close();
      // A lane that is opened just now is found at the second go.
      const endLanes = async (grace: number) => {
        const lanes = stops.splice(0);
        await withinGrace(Promise.all(lanes.map((stop) => stop())), grace);
        await Promise.all(lanes.map((stop) => stop({ abort: true })));
      };
      await endLanes(worker.config.stopGrace);
      await Promise.all(serving);
      await endLanes(0);
      await chores;
      await tidying;
    },
  };
}

/** Waits for work that may go on for so many milliseconds. */
async function withinGrace(work: Promise<unknown>, grace: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, after(grace, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

/** What fails now is done the next time. */
async function guardedChore(worker: Worker): Promise<void> {
  await chore(worker).catch((error) => worker.log.warn({ err: error }, 'upkeep did not finish; it runs again'));
}

async function tidy(worker: Worker, signal: AbortSignal): Promise<void> {
  await guardedEviction(worker, signal);
  await foldDownloads(worker.store, { signal }).catch((error) => {
    if (!signal.aborted) worker.log.warn({ err: error }, 'counts of downloads were not put together; it is done again');
  });
}

async function guardedEviction({ config, store, log }: Worker, signal: AbortSignal): Promise<void> {
  try {
    const { files, bytes } = await evictCache(store, { limit: config.cacheBytes, signal });
    if (files > 0) log.info({ files, bytes }, 'removed files of upstream that were not used for the longest time');
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'the eviction of upstream files did not finish; it runs again');
  }
}

async function chore(worker: Worker): Promise<void> {
  await forgetLostWorkers(worker.store);
  const added = await upkeep(worker);
  if (added > 0) worker.log.info({ added }, 'upkeep put lost work back into the queue');
  // Of every target, not only this worker's own: another worker of this installation may have its containers here too.
  const names = new Set([...worker.config.targets, ...(await listTargets(worker.store))].map((one) => one.name));
  const lanes = [...names].flatMap(lanesOf);
  const alive = async (job: string) =>
    (await Promise.all(lanes.map((lane) => worker.queue.has(lane, job)))).some(Boolean);
  const swept = await worker.builder.sweep(alive);
  if (swept > 0) worker.log.info({ swept }, 'removed what dead runs had left');
}

/** Runs a task now and then again and again, until the signal. */
async function repeat(task: () => Promise<void>, every: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await task();
    await after(every, undefined, { signal }).catch(() => undefined);
  }
}
