import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { RecipeLimits } from '../core/records/project-recipes.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Builder, Limits } from './builder.ts';
import type { GatewayServer } from './gateway.ts';
import type { WorkQueue } from './queue/queue.ts';

/** All that the jobs of one worker process share. */
export type Worker = {
  config: Config;
  store: ObjectStore;
  queue: WorkQueue;
  upstream: Upstream;
  builder: Builder;
  gateway: GatewayServer;
  log: Logger;
  /** Without it nothing is counted. */
  metrics?: Metrics;
  /** Builds of all targets take turns here: no more at once than were asked for, and than fit into memory. */
  slots: LimitFunction;
  /** A folder of this process for files on their way; emptied at its end. */
  scratch: string;
};

/** Whether runs may take wheels that are stored here: those are of containers, and of them only. */
export function seesStored({ builder }: Pick<Worker, 'builder'>): boolean {
  return builder.kind === 'docker';
}

/** Work folders of real packages (tensorflow, boost) stay below; the kernel's own default is far above. */
const MAX_INODES = 400_000;

/** What one run may take: as the settings say, or as a recipe does. A larger work folder brings the memory it counts to. */
export function limitsOf(config: Config, recipe: RecipeLimits = {}): Limits {
  const disk = recipe.disk ?? config.buildDisk;
  const besides = Math.max(0, config.buildMemory - config.buildDisk);
  return {
    memory: recipe.memory ?? Math.max(config.buildMemory, disk + besides),
    disk,
    inodes: MAX_INODES,
    pids: recipe.pids ?? config.buildPids,
    cpus: config.buildCpus,
    wallTime: recipe.time ?? config.buildTimeout,
    silence: config.silenceTimeout,
    logBytes: config.maxLogBytes,
    wheelBytes: config.maxWheelBytes,
  };
}
