import { paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createSingleFlight } from '../upstream/single-flight.ts';
import type { Upstream, UpstreamFile } from '../upstream/upstream.ts';

/**
 * Sees to it that the bucket has an upstream file, checked against its hash. Many who ask at once make one download.
 *
 * @returns a function that gives the file's key and size; it throws what `Upstream.fetch` and the store throw.
 */
export function createReadThrough(parts: { store: ObjectStore; upstream: Upstream; scratch: string }) {
  const { store, upstream, scratch } = parts;
  const once = createSingleFlight<{ key: string; size: number }>();
  return (file: UpstreamFile & { sha256: NonNullable<UpstreamFile['sha256']> }) => {
    const key = paths.upstreamFile(file.sha256, file.filename);
    return once(key, undefined, async () => {
      const there = await store.head(key);
      if (there) return { key, size: there.size };
      const fetched = await upstream.fetch(file, { folder: scratch, sha256: file.sha256 });
      try {
        await store.put(key, { path: fetched.path });
        return { key, size: fetched.size };
      } finally {
        await fetched.release();
      }
    });
  };
}
