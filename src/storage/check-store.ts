import { randomUUID } from 'node:crypto';
import { WheelmillError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Writes, reads and removes a small object: what `ObjectStore.check` promises. */
export async function checkByDoing(store: Pick<ObjectStore, 'put' | 'read' | 'remove'>): Promise<void> {
  const key = `checks/${randomUUID()}`;
  await store.put(key, key);
  const seen = await store.read(key);
  await store.remove(key);
  if (seen?.toString() !== key) {
    throw new WheelmillError('store-unavailable', 'The object store did not give back what was written to it.');
  }
}
