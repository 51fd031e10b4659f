import { type Target, TargetSchema } from '../core/records/target.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** The target as last probed, or undefined when no worker has probed it yet. */
export function readTarget(store: ObjectStore, name: string): Promise<Target | undefined> {
  return readRecord(store, paths.target(name), TargetSchema);
}

export function writeTarget(store: ObjectStore, target: Target): Promise<void> {
  return writeRecord(store, paths.target(target.name), TargetSchema, target);
}

/** Every probed target, by name. */
export async function listTargets(store: ObjectStore): Promise<Target[]> {
  const found: Target[] = [];
  for await (const key of store.list(paths.targets())) {
    const target = await readRecord(store, key, TargetSchema);
    if (target) found.push(target);
  }
  return found;
}
