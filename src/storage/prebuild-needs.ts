import pLimit from 'p-limit';
import { needsOn, packagesOf } from '../core/needs.ts';
import type { ItemStatus, PrebuildRecord } from '../core/records/prebuild.ts';
import { isSettled } from '../core/wheel-proof.ts';
import type { ObjectStore } from './object-store.ts';
import { readTarget } from './target-records.ts';
import { readWheelRecord } from './wheel-records.ts';

/** Small reads under way at once. */
const READS_AT_ONCE = 16;

type Known = Pick<PrebuildRecord, 'items' | 'apt' | 'slimReady'>;

/**
 * Items that have ended with what each of their wheels needs beyond the runtime image, the packages that give all of it, and
 * whether everything loads without any. Items of which nobody knows stay as they are: upstream's wheels that were not looked at, and
 * records of before it was looked for.
 */
export async function withNeeds(
  store: ObjectStore,
  { target: name, items, proof }: Pick<PrebuildRecord, 'target' | 'items' | 'proof'>,
): Promise<Known> {
  const target = await readTarget(store, name);
  if (!target) return { items: [...items] };
  const limit = pLimit(READS_AT_ONCE);
  let isReady = items.length > 0 && !isDoubtful(proof);
  const looked = async (item: ItemStatus): Promise<ItemStatus> => {
    const { project, wheel } = item;
    const record =
      item.state === 'stored' && wheel ? await limit(() => readWheelRecord(store, project, wheel.filename)) : undefined;
    const found = record?.sha256 === wheel?.sha256 ? record : undefined;
    const needs = found && needsOn(target, found.libraries);
    if (!found || !isSettled(found) || needs === undefined || needs.length > 0) isReady = false;
    return needs ? { ...item, needs } : item;
  };
  const known = await Promise.all(items.map(looked));
  return {
    items: known,
    apt: packagesOf(known.flatMap((item) => item.needs ?? [])),
    ...(target.builder === 'docker' && { slimReady: isReady }),
  };
}

/** Whether a proof leaves open that all of the list loads as it is. */
function isDoubtful(proof: PrebuildRecord['proof']): boolean {
  if (!proof) return false;
  const { state, conflicts = [], notImported = [] } = proof;
  return state !== 'proven' || conflicts.length > 0 || notImported.some((one) => one.because !== undefined);
}
