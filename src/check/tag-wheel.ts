import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Sha256, sha256Hex } from '../core/sha256.ts';
import { withBuildTag } from '../core/wheel-filename.ts';
import { unrecorded } from './check-record.ts';
import type { CheckedWheel } from './check-wheel.ts';
import { WHEEL_LIMITS } from './limits.ts';
import { formatRecord, parseRecord } from './record-file.ts';
import { openSource, type Source } from './source.ts';
import { readEntry } from './unpack.ts';
import { withBuildField } from './wheel-file.ts';
import { readEntries, type ZipEntry } from './zip-entries.ts';
import { STORED } from './zip-format.ts';
import { createZipWriter } from './zip-writer.ts';

/** A wheel as it is stored; sizes in bytes. */
export type TaggedWheel = { path: string; filename: string; sha256: Sha256; size: number; metadataSha256: Sha256 };

/** `1_` and the first 8 hex digits of the digest of the untagged bytes: one file name, one content. */
export function buildTagOf(sha256: Sha256): string {
  return `1_${sha256.slice(0, 8)}`;
}

async function textOf(file: Source, entries: readonly ZipEntry[], name: string): Promise<string> {
  const entry = entries.find((one) => one.name === name);
  if (entry === undefined) throw new Error(`a checked wheel has ${name}`);
  return (await readEntry(file, entry, entry.size)).toString();
}

/** The files that tagging changes, with their new bytes. */
async function changedFiles(file: Source, entries: readonly ZipEntry[], checked: CheckedWheel) {
  const { record, signatures } = unrecorded(checked.distInfo);
  const wheelPath = `${checked.distInfo}/WHEEL`;
  const wheel = Buffer.from(withBuildField(await textOf(file, entries, wheelPath), buildTagOf(checked.sha256)));
  const hash = `sha256=${createHash('sha256').update(wheel).digest('base64url')}`;
  const rows = parseRecord(await textOf(file, entries, record))
    .filter((row) => row.path !== record && !signatures.includes(row.path))
    .map((row) => (row.path === wheelPath ? { ...row, hash, size: String(wheel.length) } : row));
  const recorded = Buffer.from(formatRecord([...rows, { path: record, hash: '', size: '' }]));
  return {
    changed: new Map([
      [wheelPath, wheel],
      [record, recorded],
    ]),
    dropped: signatures,
  };
}

/**
 * Writes a checked wheel with our build tag into a folder: new file name, `Build:` in WHEEL, RECORD to match, signature
 * files dropped. All other files keep their packed bytes, times and permissions, so equal wheels give equal bytes.
 * WHEEL and RECORD are stored uncompressed: what zlib makes of them differs between its versions.
 */
export async function tagWheel(options: { path: string; folder: string; checked: CheckedWheel }): Promise<TaggedWheel> {
  const { path, folder, checked } = options;
  const filename = withBuildTag(checked.filename.filename, buildTagOf(checked.sha256));
  const hash = createHash('sha256');
  const source = await openSource(path);
  try {
    const entries = await readEntries(source, { ...WHEEL_LIMITS, entries: Infinity });
    const { changed, dropped } = await changedFiles(source, entries, checked);
    const target = await open(join(folder, filename), 'w');
    try {
      const writer = createZipWriter(target, (bytes) => hash.update(bytes));
      for (const entry of entries.filter(({ name }) => !dropped.includes(name))) {
        const bytes = changed.get(entry.name);
        const packed = bytes === undefined ? source.chunksAt(entry.dataStart, entry.dataEnd) : [bytes];
        const sums = bytes && { method: STORED, crc: crc32(bytes), packedSize: bytes.length, size: bytes.length };
        await writer.add({ ...entry, ...sums }, packed);
      }
      const size = await writer.end();
      const sha256 = hash.digest('hex') as Sha256;
      const metadataSha256 = sha256Hex(checked.metadataBytes);
      return { path: join(folder, filename), filename, sha256, size, metadataSha256 };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
