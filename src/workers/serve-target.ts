import { setTimeout as after } from 'node:timers/promises';
import type { TargetSetting } from '../config.ts';
import type { Target } from '../core/records/target.ts';
import { isLive } from '../core/records/worker.ts';
import { WheelmillError } from '../errors.ts';
import { readTarget, writeTarget } from '../storage/target-records.ts';
import { listWorkers } from '../storage/worker-records.ts';
import { type Announcement, HEARTBEAT } from './announcement.ts';
import type { Worker } from './context.ts';
import { buildLane } from './jobs/build-lane.ts';
import { dryRunJob } from './jobs/dry-run-job.ts';
import { metadataJob } from './jobs/metadata-job.ts';
import { prebuildJob } from './jobs/prebuild-job.ts';
import { proofJob } from './jobs/proof-job.ts';
import type { Handler, Lane, StopServing } from './queue/queue.ts';
import { dryRunLane, metadataLane, proofLane } from './queue/works.ts';

/** Plans wait on upstream and on resolvers, seldom on this process. */
const PLANS_AT_ONCE = 4;
/** Somebody waits for each, but nothing is made of it: they must not be in the way of real plans. */
const DRY_RUNS_AT_ONCE = 2;
/** Installers that resolve wait for each, and it is soon over: none waits for the builds before it. */
const METADATA_AT_ONCE = 2;
const PROBE_AGAIN_AFTER = 15_000;

/** Takes the jobs of a lane until the returned function is called, or the worker ends. */
export type Serve = (lane: Lane, concurrency: number, handler: Handler) => Promise<StopServing>;

export type TargetServer = {
  worker: Worker;
  announcement: Announcement;
  serve: Serve;
  /** Called when the target is served, or when the first try has failed. */
  onTried: (served: boolean) => void;
  signal: AbortSignal;
};

/**
 * Serves the lanes of one target until the signal. A target that cannot be served is tried again and again, and said to be
 * so; the others of the worker go on. Where another worker has come to decide what its images are, the lanes are left to
 * it: every build is for one image.
 */
export async function serveTarget(server: TargetServer, pair: TargetSetting): Promise<void> {
  const { worker, announcement, signal, onTried } = server;
  while (!signal.aborted) {
    try {
      await announcement.target(pair, { state: 'starting' });
      const target = await worker.builder.probe(pair, { signal });
      await claim(worker, target);
      await fitSlots(worker);
      signal.throwIfAborted();
      const stop = await serveLanes(server, pair);
      const { platform } = target;
      await announcement.target(pair, { state: 'serving', platform, image: target.build.identity });
      tell(worker, pair, target);
      onTried(true);
      if (await displaced(worker, target, signal)) {
        worker.log.warn({ target: pair.name }, `target ${pair.name} is served with other images by another worker now`);
        await stop();
      }
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof WheelmillError ? error : undefined;
      const message = known?.message ?? `Something unexpected happened: ${String(error)}.`;
      const code = known?.code ?? 'internal';
      await announcement.target(pair, { state: 'failing', code, message });
      worker.log.error(
        { target: pair.name, code, ...(!known && { err: error }) },
        `target ${pair.name}: ${message} Trying again in ${PROBE_AGAIN_AFTER / 1000} s.`,
      );
      onTried(false);
      await after(PROBE_AGAIN_AFTER, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function serveLanes({ worker, serve }: TargetServer, { name }: TargetSetting): Promise<() => Promise<void>> {
  const stops = [
    await serve(`prebuilds.${name}`, PLANS_AT_ONCE, prebuildJob(worker)),
    await serve(dryRunLane(name), DRY_RUNS_AT_ONCE, dryRunJob(worker)),
    await serve(metadataLane(name), METADATA_AT_ONCE, metadataJob(worker)),
    await serve(`builds.${name}`, worker.config.concurrency, buildLane(worker)),
    await serve(proofLane(name), worker.config.concurrency, proofJob(worker)),
  ];
  return async () => void (await Promise.all(stops.map((stop) => stop())));
}

/**
 * Keeps what was found, so that a server without an engine knows the target. The images that live workers serve it with
 * stay the target's; a worker whose engine has others must not take its work.
 *
 * @throws WheelmillError `target-differs` with what to do
 */
async function claim({ store, config }: Worker, target: Target): Promise<void> {
  const known = await readTarget(store, target.name);
  if (known && isSame(known, target)) return;
  const others = known
    ? (await listWorkers(store)).filter(
        (one) =>
          one.name !== config.instance &&
          isLive(one) &&
          one.targets.some(
            ({ name, state, image }) => name === target.name && state === 'serving' && image === known.build.identity,
          ),
      )
    : [];
  if (!known || others.length === 0) return writeTarget(store, target);
  throw new WheelmillError('target-differs', difference(known, target, others[0]!.name));
}

function difference(known: Target, target: Target, other: string): string {
  const start = `${target.name} is served by the worker ${other}`;
  if (known.platform !== target.platform)
    return `${start} for ${known.platform}, and this engine has its images for ${target.platform}. Put @${target.platform} after the pair in this worker's WHEELMILL_TARGETS: it is a target of its own then.`;
  if (known.procedure !== target.procedure)
    return `${start} by another version of Wheelmill. It is served here when that worker has ended.`;
  const images = [known, target].map(
    (one) => `${one.build.identity.slice(0, 12)} and ${one.runtime.identity.slice(0, 12)}`,
  );
  return `${start} with other images (${images[0]}) than this engine has (${images[1]}). Pull ${target.build.reference} and ${target.runtime.reference} on both machines, or name them by digest in WHEELMILL_TARGETS.`;
}

/** Whether wheels of one are wheels of the other: the same images and the same way of building. */
function isSame(one: Target, other: Target): boolean {
  return (
    one.build.identity === other.build.identity &&
    one.runtime.identity === other.runtime.identity &&
    one.procedure === other.procedure
  );
}

/** Resolves when the target's images are others in the bucket, or with false at the signal. */
async function displaced({ store }: Worker, target: Target, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    await after(HEARTBEAT, undefined, { signal }).catch(() => undefined);
    // A store that is away says nothing of the target.
    const known = await readTarget(store, target.name).catch(() => undefined);
    if (!signal.aborted && known && !isSame(known, target)) return true;
  }
  return false;
}

function tell(worker: Worker, pair: TargetSetting, target: Target): void {
  worker.log.info(
    {
      target: target.name,
      python: target.python.version,
      distribution: target.distribution.codename,
      platform: target.platform,
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
