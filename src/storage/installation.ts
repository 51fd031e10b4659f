import { randomUUID } from 'node:crypto';
import { paths } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * The name of this installation: of all processes that share a bucket, and of their restarts. On an engine that several
 * installations use it tells whose containers are whose, for good. Made at the first start.
 *
 * Two first starts at once may each keep a name of their own until they are started again. All that costs is that neither
 * clears up after the other; containers end by themselves at their deadline.
 */
export async function installationName(store: ObjectStore): Promise<string> {
  const known = await store.read(paths.installation());
  if (known) return known.toString('utf8').trim();
  await store.put(paths.installation(), `${randomUUID()}\n`);
  return installationName(store);
}
