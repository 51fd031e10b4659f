import { orBadWheel } from '../check/bad-wheel.ts';
import { parseCoreMetadata } from '../core/core-metadata.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { sha256Hex } from '../core/sha256.ts';
import { publishWheel } from '../storage/wheel-records.ts';
import type { Worker } from './context.ts';
import { pageWork } from './queue/works.ts';

export type NewWheel = Pick<
  WheelRecord,
  | 'project'
  | 'version'
  | 'filename'
  | 'sha256'
  | 'size'
  | 'visibility'
  | 'origin'
  | 'libraries'
  | 'bundled'
  | 'proof'
  | 'build'
  | 'yanked'
  | 'requiresPython'
> & {
  /** The wheel on this machine's disk. */
  path: string;
  /** Its METADATA, byte for byte. */
  metadata: Buffer;
  /** When the index it comes from had it; now for wheels built here. */
  uploadedAt?: Date;
};

/**
 * Stores a checked wheel and has its project's page rendered. Storing it again changes nothing. Which Pythons it is for its
 * METADATA says where the index that it comes from does not.
 *
 * @throws BuildFailure `bad-wheel`, and what `publishWheel` throws
 */
export async function publish(worker: Pick<Worker, 'store' | 'queue' | 'metrics'>, wheel: NewWheel): Promise<void> {
  const { path, metadata, uploadedAt, ...about } = wheel;
  const requiresPython =
    wheel.requiresPython ?? orBadWheel('its METADATA', () => parseCoreMetadata(metadata).requiresPython);
  const record: WheelRecord = {
    schema: 1,
    ...about,
    metadataSha256: sha256Hex(metadata),
    uploadedAt: (uploadedAt ?? new Date()).toISOString(),
    ...(requiresPython && { requiresPython }),
  };
  const outcome = await publishWheel(worker.store, { record, path, metadata });
  if (outcome === 'published') worker.metrics?.stored(record.origin, record.size);
  await worker.queue.add(pageWork(wheel.project));
}
