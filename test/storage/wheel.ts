import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WheelRecord } from '../../src/core/records/wheel.ts';

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** What `publishWheel` takes, for bytes that only need to be some bytes. */
export async function someWheel(folder: string, more: Partial<WheelRecord> = {}, bytes: string | Buffer = 'bytes') {
  const version = more.version ?? '1.0';
  const filename = more.filename ?? `demo-${version}-py3-none-any.whl`;
  const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${more.project ?? 'demo'}\nVersion: ${version}\n`);
  const path = join(folder, `${sha256(bytes)}-${filename}`);
  await writeFile(path, bytes);
  const record: WheelRecord = {
    schema: 1,
    project: 'demo',
    version,
    filename,
    sha256: sha256(bytes),
    size: Buffer.byteLength(bytes),
    metadataSha256: sha256(metadata),
    uploadedAt: '2026-01-02T03:04:05Z',
    visibility: 'public',
    origin: 'built',
    ...more,
  };
  return { record, path, metadata };
}
