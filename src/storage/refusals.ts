import { type Refusal, RefusalSchema } from '../core/records/refusal.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/** Notes that the wheel of an sdist cannot be had for a target. The newest word counts. */
export function writeRefusal(store: ObjectStore, refusal: Refusal): Promise<void> {
  const { project, target, sdist } = refusal;
  return writeRecord(store, paths.refusal(project, target, sdist), RefusalSchema, refusal);
}

/** All that are noted of a project for a target, by the sdist's hash. */
export async function readRefusals(store: ObjectStore, project: string, target: string): Promise<Map<string, Refusal>> {
  const found = new Map<string, Refusal>();
  for await (const key of store.list(paths.refusalsFor(project, target))) {
    const refusal = await readRecord(store, key, RefusalSchema);
    if (refusal) found.set(refusal.sdist, refusal);
  }
  return found;
}
