import type { Limits, Run } from '../builder.ts';

const MIB = 1024 * 1024;
/** Ample for what is known: an installation of the build tools moves some tens of megabytes through a read-through cache. */
const OWN_LIMITS: Limits = {
  memory: 1024 * MIB,
  disk: 16 * MIB,
  inodes: 1000,
  pids: 64,
  cpus: 1,
  wallTime: 10 * 60_000,
  silence: 10 * 60_000,
  logBytes: MIB,
  wheelBytes: 0,
};

/** A run of our own programs, for another one, that ends with it. Nobody reads its log. */
export function ownRun(job: string, { signal, gateway }: Pick<Run, 'signal' | 'gateway'>): Run {
  return { job, limits: OWN_LIMITS, log: { write: async () => {} }, gateway, signal };
}
