import { LRUCache } from 'lru-cache';
import { type WheelRecord, WheelRecordSchema } from '../core/records/wheel.ts';
import { paths } from '../storage/bucket-paths.ts';
import { readRecord } from '../storage/json-records.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { NO_NEWS, type ProjectNews } from './project-news.ts';
import { createStoreMemory } from './store-memory.ts';

/** Eight thousand wheels. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** A parsed record with its build is about this large. */
const RECORD_BYTES = 2_000;
/** Metadata is 2 to 50 KB mostly; resolvers ask for all of a list's, again and again. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** Larger metadata is streamed like a file, so that a few do not push out all others. */
const MAX_METADATA_SIZE = 256 * 1024;

/** What is needed of stored wheels to serve them, from memory as far as the news allows. */
export type WheelMemory = {
  record(project: string, filename: string): WheelRecord | undefined | Promise<WheelRecord | undefined>;
  /** The `.metadata` of a stored wheel; undefined where it is missing or too large to be kept. */
  metadata(record: WheelRecord): Promise<Buffer | undefined>;
};

/**
 * That a wheel is not there is never remembered: a prebuild that has just become ready promises its wheels, and no news comes
 * between the two.
 */
export function createWheelMemory(store: ObjectStore, news: ProjectNews = NO_NEWS): WheelMemory {
  const records = createStoreMemory<WheelRecord>({
    news,
    maxBytes: MAX_RECORD_BYTES,
    sizeOf: () => RECORD_BYTES,
    remembersMissing: false,
    async load(key) {
      const value = await readRecord(store, key, WheelRecordSchema);
      return value && { value };
    },
  });
  // The hash of the bytes is part of the key: they never change, and who gets them was let through by the record.
  const metadata = new LRUCache<string, Buffer>({
    maxSize: MAX_METADATA_BYTES,
    sizeCalculation: (bytes) => bytes.length + 400,
  });

  return {
    record: (project, filename) => records.get(paths.wheelRecord(project, filename), project),
    async metadata({ project, sha256, filename, metadataSha256 }) {
      const key = paths.wheelMetadata(project, sha256, filename);
      const known = metadata.get(`${metadataSha256}/${key}`);
      if (known) return known;
      const info = await store.head(key);
      if (!info || info.size > MAX_METADATA_SIZE) return undefined;
      const bytes = await store.read(key);
      if (bytes) metadata.set(`${metadataSha256}/${key}`, bytes);
      return bytes;
    },
  };
}
