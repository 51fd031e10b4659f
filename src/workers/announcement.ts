import { setTimeout as after } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { TargetSetting } from '../config.ts';
import type { WorkerRecord, WorkerTarget } from '../core/records/worker.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { listWorkers, removeWorker, writeWorker } from '../storage/worker-records.ts';
import type { BuilderAbout } from './builder.ts';
import type { Worker } from './context.ts';

/** How often a worker says that it is there. */
export const HEARTBEAT = 15_000;
/** A worker that was not heard of for this long is gone: some beats may be late, and clocks differ a little. */
const GOOD_FOR = 4 * HEARTBEAT;

/** What a worker tells everybody of itself, through the bucket: an API knows its workers by nothing else. */
export type Announcement = {
  /** Says how the worker stands with a target from now on. */
  target(
    pair: TargetSetting,
    standing: Pick<WorkerTarget, 'state' | 'platform' | 'image' | 'code' | 'message'>,
  ): Promise<void>;
  /** Takes everything back: the worker ends. */
  close(): Promise<void>;
};

/** Says that the worker is there, now and every HEARTBEAT. A store that is away is told again at the next one. */
export function announce(
  worker: Pick<Worker, 'config' | 'store' | 'queue' | 'builder' | 'slots' | 'log'>,
): Announcement {
  const { config, store, queue, builder, slots, log } = worker;
  const ending = new AbortController();
  const startedAt = new Date().toISOString();
  const targets = new Map<string, WorkerTarget>();
  let engine: BuilderAbout | undefined;
  /** One at a time, so that what was said last is what stands. */
  const writes = pLimit(1);

  const record = (): WorkerRecord => {
    const now = Date.now();
    const standing = [...targets.values()];
    const platforms = standing.flatMap((one) => (one.state === 'serving' && one.platform ? [one.platform] : []));
    return {
      schema: 1,
      name: config.instance,
      builder: builder.kind,
      ...(engine && { engine }),
      platforms: [...new Set([...(engine ? [engine.platform] : []), ...platforms])],
      slots: Math.max(1, slots.concurrency),
      targets: standing,
      startedAt,
      heardAt: new Date(now).toISOString(),
      expiresAt: new Date(now + GOOD_FOR).toISOString(),
    };
  };
  const say = () =>
    writes(async () => {
      if (ending.signal.aborted) return;
      engine ??= await builder.about().catch(() => undefined);
      await writeWorker(store, record()).catch((error) =>
        log.debug({ err: error }, 'the worker could not say it is there'),
      );
    });
  const beat = async () => {
    if (queue.kind === 'embedded') await forgetOthers(store, config.instance).catch(() => undefined);
    while (!ending.signal.aborted) {
      await say();
      await after(HEARTBEAT, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const beating = beat();

  return {
    async target({ name, build, runtime, platform }, standing) {
      const since = targets.get(name)?.state === standing.state ? targets.get(name)!.since : new Date().toISOString();
      // It is about to be used again: it may have been restarted as another version.
      if (standing.state === 'starting') engine = undefined;
      targets.set(name, { name, build, runtime, ...(platform && { platform }), ...standing, since });
      await say();
    },
    async close() {
      ending.abort();
      await beating;
      await writes(() => removeWorker(store, config.instance)).catch(() => undefined);
    },
  };
}

/** An embedded queue has one worker: what others have said of themselves was said before a crash. */
async function forgetOthers(store: ObjectStore, own: string): Promise<void> {
  for (const { name } of await listWorkers(store)) if (name !== own) await removeWorker(store, name);
}
