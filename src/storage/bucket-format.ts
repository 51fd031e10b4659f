import { BucketFormatSchema } from '../core/records/bucket-format.ts';
import { WheelmillError } from '../errors.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Counts up when a version without the change could do harm to the bucket: it would lose what it does not know, or leave out a
 * step that others rely on. A new optional field of a record does not count.
 */
export const BUCKET_FORMAT = 1;

/**
 * Says in the bucket which format it has, at the start of each process.
 *
 * @throws WheelmillError `store-newer` where a newer version has left its own, and what the store throws
 */
export async function claimFormat(store: ObjectStore, ours: number = BUCKET_FORMAT): Promise<void> {
  const known = await readRecord(store, paths.format(), BucketFormatSchema);
  if (known && known.format > ours)
    throw new WheelmillError(
      'store-newer',
      `The bucket has format ${known.format}, of a newer version of Wheelmill; this one knows ${ours}. Start the newer version, or use another bucket.`,
    );
  if (known?.format === ours) return;
  await writeRecord(store, paths.format(), BucketFormatSchema, { schema: 1, format: ours });
}
