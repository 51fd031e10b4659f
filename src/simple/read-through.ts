import type { Sha256 } from '../core/sha256.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { NoteUse } from '../storage/cache-uses.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { GrowingFile } from '../upstream/growing-file.ts';
import type { FetchedFile, FetchOptions } from '../upstream/upstream.ts';
import { type Asker, Payers } from './asker.ts';

/** A file on its way into the bucket: it can be followed while it comes, and `kept` tells where it is in the end. */
export type Arrival = { growing: GrowingFile; kept: Promise<{ key: string; size: number }> };

/** Told where a file was had that a client asked for, and its size in bytes; from upstream it is in the store then, too. */
export type OnRead = (from: 'store' | 'upstream', size: number) => void;

/** By what a file is kept, and its size in bytes where the index gives it. */
type Kept = { filename: string; sha256: Sha256; size?: number };

/**
 * Sees to it that the bucket has an upstream file, checked against its hash. Many who ask at once make one download, which
 * goes on for the others when one of them leaves.
 *
 * @returns a function that gives the arrival of a file; its `kept` rejects with what `fetch` and the store throw. An asker has
 * its turn before a file is fetched for it, and pays: before the fetch where the size is known, else as the bytes come.
 */
export function createReadThrough<F extends Kept>(parts: {
  store: ObjectStore;
  upstream: { fetch(file: F, options: FetchOptions): Promise<FetchedFile> };
  scratch: string;
  noteUse: NoteUse;
  onRead?: OnRead;
}) {
  const { store, upstream, scratch, noteUse, onRead } = parts;
  const arrivals = new Map<string, Arrival & { payers: Payers }>();

  async function keep(file: F, key: string, growing: GrowingFile, pay: (bytes: number) => void) {
    const { sha256 } = file;
    const there = await store.head(key);
    if (there) {
      noteUse(sha256, there.size);
      onRead?.('store', there.size);
      return { key, size: there.size };
    }
    // One byte at least: who has none left has nothing fetched.
    pay(file.size ?? 1);
    let arrived = 0;
    const onBytes = (count: number) => {
      arrived += count;
      pay(arrived);
    };
    const fetched = await upstream.fetch(file, { folder: scratch, sha256, growing, onBytes });
    try {
      noteUse(sha256, fetched.size);
      await store.put(key, { path: fetched.path });
      onRead?.('upstream', fetched.size);
      return { key, size: fetched.size };
    } finally {
      await fetched.release();
    }
  }

  function arrive(file: F, key: string, asker: Asker | undefined): Arrival {
    const known = arrivals.get(key);
    known?.payers.join(asker);
    if (known) return known;
    const payers = new Payers();
    payers.join(asker);
    const growing = new GrowingFile();
    const forget = () => {
      if (arrivals.get(key)?.growing === growing) arrivals.delete(key);
    };
    const pay = (bytes: number) => {
      try {
        payers.pay(bytes);
      } catch (error) {
        // At once: who asks from now on has not been refused.
        forget();
        throw error;
      }
    };
    const kept = keep(file, key, growing, pay).finally(forget);
    // Whoever follows learns of a failure too; nobody waiting for `kept` is no fault.
    kept.catch((error) => growing.fail(error));
    const arrival = { growing, kept, payers };
    arrivals.set(key, arrival);
    return arrival;
  }

  return async (file: F, asker?: Asker): Promise<Arrival> => {
    const key = paths.upstreamFile(file.sha256, file.filename);
    if (!asker || arrivals.has(key) || (await store.head(key))) return arrive(file, key, asker);
    // Only in its turn does the file count as on its way: until then somebody else may be faster.
    return new Promise((resolve, reject) => {
      const fetch = async () => {
        const arrival = arrive(file, key, asker);
        resolve(arrival);
        await arrival.kept.catch(() => {});
      };
      asker.turn(fetch).catch(reject);
    });
  };
}
