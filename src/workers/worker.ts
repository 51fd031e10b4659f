import { setTimeout as after } from 'node:timers/promises';
import type { TargetSetting } from '../config.ts';
import { WheelmillError } from '../errors.ts';
import { listTargets, readTarget, writeTarget } from '../storage/target-records.ts';
import type { Worker } from './context.ts';
import { buildLane } from './jobs/build-lane.ts';
import { dryRunJob } from './jobs/dry-run-job.ts';
import { pageJob } from './jobs/page-job.ts';
import { prebuildJob } from './jobs/prebuild-job.ts';
import { settleJob } from './jobs/settle-job.ts';
import type { Handler, Lane, StopServing } from './queue/queue.ts';
import { dryRunLane } from './queue/works.ts';
import { upkeep } from './upkeep.ts';

/** Plans wait on upstream and on resolvers, seldom on this process. */
const PLANS_AT_ONCE = 4;
/** Somebody waits for each, but nothing is made of it: they must not be in the way of real plans. */
const DRY_RUNS_AT_ONCE = 2;
/** Renderings and settlements are short reads and writes of the bucket. */
const SMALL_JOBS_AT_ONCE = 8;
const PROBE_AGAIN_AFTER = 15_000;

export type RunningWorker = {
  /** Resolves when every target of this worker has been probed and its lanes are served. */
  ready: Promise<void>;
  close(): Promise<void>;
};

/**
 * Serves the queue's lanes: those of the targets its engine can run, once they are probed, and the small common ones.
 * Upkeep and the sweep of orphaned containers run at the start and then every WHEELMILL_UPKEEP_INTERVAL.
 */
export function startWorker(worker: Worker): RunningWorker {
  const ending = new AbortController();
  const stops: StopServing[] = [];
  const serve = async (lane: Lane, concurrency: number, handler: Handler) => {
    stops.push(await worker.queue.serve(lane, concurrency, handler));
  };
  const start = async () => {
    await serve('pages', SMALL_JOBS_AT_ONCE, pageJob(worker));
    await serve('settles', SMALL_JOBS_AT_ONCE, settleJob(worker));
    await Promise.all(worker.config.targets.map((pair) => serveTarget(worker, pair, serve, ending.signal)));
  };
  const chores = repeat(() => guardedChore(worker), worker.config.upkeepInterval, ending.signal);
  const ready = start();
  ready.catch((error) => worker.log.error({ err: error }, 'the worker could not start'));
  return {
    ready,
    async close() {
      ending.abort();
      await ready.catch(() => undefined);
      await Promise.all(stops.map((stop) => stop({ abort: true })));
      await chores;
    },
  };
}

async function serveTarget(
  worker: Worker,
  pair: TargetSetting,
  serve: (lane: Lane, concurrency: number, handler: Handler) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await probe(worker, pair, signal);
      await fitSlots(worker);
      await serve(`prebuilds.${pair.name}`, PLANS_AT_ONCE, prebuildJob(worker));
      await serve(dryRunLane(pair.name), DRY_RUNS_AT_ONCE, dryRunJob(worker));
      await serve(`builds.${pair.name}`, worker.config.concurrency, buildLane(worker));
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof WheelmillError)) throw error;
      worker.log.error(
        { target: pair.name, code: error.code },
        `${error.message} Trying again in ${PROBE_AGAIN_AFTER / 1000} s.`,
      );
      await after(PROBE_AGAIN_AFTER, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Looks at the pair's images and keeps what it finds, so that a server without an engine knows the target. */
async function probe(worker: Worker, pair: TargetSetting, signal: AbortSignal): Promise<void> {
  const target = await worker.builder.probe(pair, { signal });
  const known = await readTarget(worker.store, pair.name);
  const same =
    known &&
    known.build.identity === target.build.identity &&
    known.runtime.identity === target.runtime.identity &&
    known.procedure === target.procedure;
  if (!same) await writeTarget(worker.store, target);
  worker.log.info(
    {
      target: target.name,
      python: target.python.version,
      distribution: target.distribution.codename,
      image: target.build.identity.slice(0, 12),
    },
    `target ${target.name}: ${pair.build} builds for ${pair.runtime}`,
  );
}

/** Builds that would not all fit into the machine's memory at their limit are not started beside each other. */
async function fitSlots(worker: Worker): Promise<void> {
  const { concurrency, buildMemory } = worker.config;
  const fitting = Math.floor((await worker.builder.about()).memory / buildMemory);
  worker.slots.concurrency = Math.max(1, Math.min(concurrency, fitting));
  if (fitting >= concurrency) return;
  worker.log.warn(
    { concurrency, fitting },
    `only ${worker.slots.concurrency} of ${concurrency} builds run at once: more do not fit into memory at WHEELMILL_BUILD_MEMORY each`,
  );
}

/** What fails now is done the next time. */
async function guardedChore(worker: Worker): Promise<void> {
  await chore(worker).catch((error) => worker.log.warn({ err: error }, 'upkeep did not finish; it runs again'));
}

async function chore(worker: Worker): Promise<void> {
  const added = await upkeep(worker);
  if (added > 0) worker.log.info({ added }, 'upkeep put lost work back into the queue');
  // Of every target, not only this worker's own: another worker of this installation may have its containers here too.
  const names = new Set([...worker.config.targets, ...(await listTargets(worker.store))].map((one) => one.name));
  const lanes = [...names].flatMap((name): Lane[] => [`builds.${name}`, `prebuilds.${name}`, dryRunLane(name)]);
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
