import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
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

export function limitsOf(config: Config): Limits {
  return {
    memory: config.buildMemory,
    disk: config.buildDisk,
    inodes: MAX_INODES,
    pids: config.buildPids,
    cpus: config.buildCpus,
    wallTime: config.buildTimeout,
    silence: config.silenceTimeout,
    logBytes: config.maxLogBytes,
    wheelBytes: config.maxWheelBytes,
  };
}
