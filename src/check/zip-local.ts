import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';
import type { Source } from './source.ts';
import type { CentralEntry, ZipEntry } from './zip-entries.ts';
import { readUint64, widen } from './zip-extra.ts';
import { DESCRIPTOR_SIGNATURE, FLAG_DESCRIPTOR, LOCAL } from './zip-format.ts';

type Sums = { crc: number; packedSize: number; size: number };

function sameSums(a: Sums, b: Sums): boolean {
  return a.crc === b.crc && a.packedSize === b.packedSize && a.size === b.size;
}

/** A data descriptor: the signature is optional, sizes have 4 or 8 bytes (4.3.9); its length tells which it is. */
function descriptorSums(bytes: Buffer): Sums | undefined {
  const signed = bytes.length === 16 || bytes.length === 24;
  if (signed && bytes.readUInt32LE(0) !== DESCRIPTOR_SIGNATURE) return undefined;
  const rest = signed ? bytes.subarray(4) : bytes;
  const crc = () => rest.readUInt32LE(0);
  if (rest.length === 12) return { crc: crc(), packedSize: rest.readUInt32LE(4), size: rest.readUInt32LE(8) };
  if (rest.length === 20) return { crc: crc(), packedSize: readUint64(rest, 4), size: readUint64(rest, 12) };
  return undefined;
}

/**
 * Reads the local header of an entry and refuses it where it differs from the central directory, or where the entry
 * does not reach exactly to `end`, the start of what follows.
 */
export async function locateData(file: Source, entry: CentralEntry, end: number): Promise<ZipEntry> {
  const differs = () => badWheel(`its entry ${quoted(entry.name)} has a header that differs from the directory`);
  const nameStart = entry.offset + LOCAL.bytes;
  if (nameStart > end) throw differs();
  const header = await file.readAt(entry.offset, LOCAL.bytes);
  const nameLength = header.readUInt16LE(26);
  const dataStart = nameStart + nameLength + header.readUInt16LE(28);
  const dataEnd = dataStart + entry.packedSize;
  if (header.readUInt32LE(0) !== LOCAL.signature || nameLength !== entry.nameBytes.length || dataEnd > end)
    throw differs();
  if (header.readUInt16LE(6) !== entry.flags || header.readUInt16LE(8) !== entry.method) throw differs();

  const variable = await file.readAt(nameStart, dataStart - nameStart);
  if (!variable.subarray(0, nameLength).equals(entry.nameBytes)) throw differs();
  const sizes = [header.readUInt32LE(22), header.readUInt32LE(18)];
  const [size = 0, packedSize = 0] = widen(sizes, variable.subarray(nameLength));
  const sums = { crc: header.readUInt32LE(14), packedSize, size };

  const hasDescriptor = (entry.flags & FLAG_DESCRIPTOR) !== 0;
  const empty = hasDescriptor && sameSums(sums, { crc: 0, packedSize: 0, size: 0 });
  if (!empty && !sameSums(sums, entry)) throw differs();
  if (!hasDescriptor && dataEnd !== end) throw badWheel('there are bytes in it that belong to no entry');
  if (hasDescriptor) {
    // At most 24 bytes are a descriptor; more is refused unread.
    const rest = end - dataEnd <= 24 ? descriptorSums(await file.readAt(dataEnd, end - dataEnd)) : undefined;
    if (rest === undefined || !sameSums(rest, entry)) throw differs();
  }
  return { ...entry, dataStart, dataEnd };
}
