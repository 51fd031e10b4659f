import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { BuildFailure } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/**
 * Brings a stored wheel to a folder of this machine and holds it to the hash of its record.
 *
 * @returns its path
 * @throws BuildFailure `hash-mismatch` for other bytes than were stored, `not-verifiable` for none
 */
export async function fetchStoredWheel(
  store: ObjectStore,
  { project, sha256, filename }: WheelRecord,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<string> {
  const object = await store.open(paths.wheelFile(project, sha256, filename), { signal });
  if (!object) throw new BuildFailure('not-verifiable', `The bytes of ${filename} are gone from the object store.`);
  const path = join(folder, `stored-${filename}`);
  const hash = createHash('sha256');
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(object.body, count, createWriteStream(path), { signal });
  if (hash.digest('hex') === sha256) return path;
  throw new BuildFailure(
    'hash-mismatch',
    `The object store gives other bytes of ${filename} than were stored. Look after the store: installs of it fail too.`,
  );
}
