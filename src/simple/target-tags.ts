import { LRUCache } from 'lru-cache';
import type { Tag } from '../core/tags.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readTarget } from '../storage/target-records.ts';

/** A new Python under an old target's name shows within minutes; pages are asked for many times a second. */
const MAX_AGE = 5 * 60_000;

/** The tags of targets by name, remembered for a while; undefined for a target that is not known. */
export function createTargetTags(store: ObjectStore): (target: string) => Promise<readonly Tag[] | undefined> {
  const memory = new LRUCache<string, { tags: readonly Tag[] | undefined }>({ max: 100, ttl: MAX_AGE });
  return async (target) => {
    const known = memory.get(target) ?? { tags: (await readTarget(store, target))?.tags };
    memory.set(target, known);
    return known.tags;
  };
}
