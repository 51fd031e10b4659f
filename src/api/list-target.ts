import { isLive } from '../core/records/worker.ts';
import { WheelmillError } from '../errors.ts';
import { newestReady } from '../storage/prebuild-records.ts';
import { readPrebuildStatus } from '../storage/prebuild-status.ts';
import { listWorkers } from '../storage/worker-records.ts';
import type { Api } from './context.ts';

/** The newest attempt of a list file for one target. */
export type ListPrebuild = { id: string; attempt: number; target: string; requestedAt: string };

/**
 * Those for a target, or all.
 *
 * @throws WheelmillError `not-found` with how to get it
 */
export function ofTarget(prebuilds: ListPrebuild[], target: string | undefined): ListPrebuild[] {
  const fitting = target === undefined ? prebuilds : prebuilds.filter((one) => one.target === target);
  if (fitting.length > 0) return fitting;
  throw new WheelmillError(
    'not-found',
    `Wheelmill has this list for ${namesOf(prebuilds)}, not for ${target?.slice(0, 100)}. Send it with target=${target?.slice(0, 100)}`,
  );
}

const namesOf = (prebuilds: ListPrebuild[]): string => prebuilds.map((one) => one.target).join(', ');

/**
 * The one that is meant, also where nobody says which.
 *
 * @throws WheelmillError `not-found`, `bad-request` where there are several
 */
export async function prebuildOf(
  api: Pick<Api, 'store' | 'config'>,
  prebuilds: ListPrebuild[],
  target: string | undefined,
): Promise<ListPrebuild> {
  const fitting = ofTarget(prebuilds, target);
  if (fitting.length === 1) return fitting[0]!;
  // What was cancelled, or is for a target that there is no more, was tried before.
  const current: ListPrebuild[] = [];
  const served = await servedTargets(api);
  for (const one of fitting) if (served.has(one.target) && !(await isCancelled(api, one))) current.push(one);
  if (current.length === 1) return current[0]!;
  throw new WheelmillError(
    'bad-request',
    `Wheelmill has this list for several targets; add ?target= with one of ${namesOf(current.length > 0 ? current : fitting)}`,
  );
}

/** Those of the settings, and what live workers have. */
async function servedTargets({ store, config }: Pick<Api, 'store' | 'config'>): Promise<Set<string>> {
  const workers = (await listWorkers(store)).filter((one) => isLive(one));
  return new Set([...config.targets, ...workers.flatMap((one) => one.targets)].map(({ name }) => name));
}

async function isCancelled({ store }: Pick<Api, 'store'>, { id, attempt }: ListPrebuild): Promise<boolean> {
  return (await readPrebuildStatus(store, id, attempt))?.state === 'cancelled' && !(await newestReady(store, id));
}
