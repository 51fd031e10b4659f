import type { PrebuildRecord } from '../../core/records/prebuild.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { listAttempts, readOpenPrebuild, readPrebuildRecord } from '../../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';
import { deletedWheels } from './deleted-wheels.ts';

/** What there is of a prebuild: the attempt under way, how the newest ended (if it has), its number or 0. */
export type FoundPrebuild = {
  underWay: PrebuildStatus | undefined;
  ended: PrebuildRecord | undefined;
  last: number;
};

export async function findPrebuild(store: ObjectStore, id: string): Promise<FoundPrebuild> {
  const [open, attempts] = await Promise.all([readOpenPrebuild(store, id), listAttempts(store, id)]);
  const last = attempts.at(-1) ?? 0;
  const status = open === undefined ? undefined : await readPrebuildStatus(store, id, open);
  if (status && !status.endedAt) return { underWay: status, ended: undefined, last };
  const ended = last > 0 ? await readPrebuildRecord(store, id, last) : undefined;
  return { underWay: undefined, ended, last };
}

/** Clocks of machines differ so much, in milliseconds, and nobody minds. */
const CLOCKS_DIFFER = 60_000;

/** Whether what a prebuild ended with answers the same posting now (DESIGN: "Prebuild id"). */
export async function stillGood(
  api: Pick<Api, 'store' | 'config'>,
  record: PrebuildRecord,
  { refresh }: { refresh: boolean },
): Promise<boolean> {
  if (record.state !== 'ready' || refresh) return false;
  const target = await readTarget(api.store, record.target);
  if (target && target.build.identity !== record.image) return false;
  if ((await deletedWheels(api.store, record)).length > 0) return false;
  const age = Date.now() - Date.parse(record.plannedAt ?? record.endedAt);
  // One that is of a time to come is of no known age: a clock was set.
  return record.pinned || (age >= -CLOCKS_DIFFER && age < api.config.planTtl);
}
