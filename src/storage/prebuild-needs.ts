import pLimit from 'p-limit';
import { needsOn, packagesOf } from '../core/needs.ts';
import type { ItemStatus, PrebuildRecord } from '../core/records/prebuild.ts';
import type { ObjectStore } from './object-store.ts';
import { readTarget } from './target-records.ts';
import { readWheelRecord } from './wheel-records.ts';

/** Small reads under way at once. */
const READS_AT_ONCE = 16;

/**
 * Items that have ended with what each of their wheels needs beyond the runtime image, and the packages that give all of
 * it. Items of which nobody knows stay as they are: upstream's wheels, and records of before it was looked for.
 */
export async function withNeeds(
  store: ObjectStore,
  targetName: string,
  items: readonly ItemStatus[],
): Promise<Pick<PrebuildRecord, 'items' | 'apt'>> {
  const target = await readTarget(store, targetName);
  if (!target) return { items: [...items] };
  const limit = pLimit(READS_AT_ONCE);
  const looked = async (item: ItemStatus): Promise<ItemStatus> => {
    const { project, wheel } = item;
    if (item.state !== 'stored' || wheel === undefined) return item;
    const record = await limit(() => readWheelRecord(store, project, wheel.filename));
    const needs = record?.sha256 === wheel.sha256 ? needsOn(target, record.libraries) : undefined;
    return needs ? { ...item, needs } : item;
  };
  const known = await Promise.all(items.map(looked));
  return { items: known, apt: packagesOf(known.flatMap((item) => item.needs ?? [])) };
}
