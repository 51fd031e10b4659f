import type { Sha256 } from '../core/sha256.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { NoteUse } from '../storage/cache-uses.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { GrowingFile } from '../upstream/growing-file.ts';
import type { FetchedFile, FetchOptions } from '../upstream/upstream.ts';

/** A file on its way into the bucket: it can be followed while it comes, and `kept` tells where it is in the end. */
export type Arrival = { growing: GrowingFile; kept: Promise<{ key: string; size: number }> };

/** Told where a file was had that a client asked for, and its size in bytes; from upstream it is in the store then, too. */
export type OnRead = (from: 'store' | 'upstream', size: number) => void;

/** By what a file is kept. */
type Kept = { filename: string; sha256: Sha256 };

/**
 * Sees to it that the bucket has an upstream file, checked against its hash. Many who ask at once make one download, which
 * goes on for the others when one of them leaves.
 *
 * @returns a function that gives the arrival of a file; its `kept` rejects with what `fetch` and the store throw.
 */
export function createReadThrough<F extends Kept>(parts: {
  store: ObjectStore;
  upstream: { fetch(file: F, options: FetchOptions): Promise<FetchedFile> };
  scratch: string;
  noteUse: NoteUse;
  onRead?: OnRead;
}) {
  const { store, upstream, scratch, noteUse, onRead } = parts;
  const arrivals = new Map<string, Arrival>();

  async function keep(file: F, sha256: Sha256, key: string, growing: GrowingFile) {
    const there = await store.head(key);
    if (there) {
      noteUse(sha256, there.size);
      onRead?.('store', there.size);
      return { key, size: there.size };
    }
    const fetched = await upstream.fetch(file, { folder: scratch, sha256, growing });
    try {
      noteUse(sha256, fetched.size);
      await store.put(key, { path: fetched.path });
      onRead?.('upstream', fetched.size);
      return { key, size: fetched.size };
    } finally {
      await fetched.release();
    }
  }

  return (file: F): Arrival => {
    const key = paths.upstreamFile(file.sha256, file.filename);
    const known = arrivals.get(key);
    if (known) return known;
    const growing = new GrowingFile();
    const kept = keep(file, file.sha256, key, growing).finally(() => arrivals.delete(key));
    // Whoever follows learns of a failure too; nobody waiting for `kept` is no fault.
    kept.catch((error) => growing.fail(error));
    const arrival = { growing, kept };
    arrivals.set(key, arrival);
    return arrival;
  };
}
