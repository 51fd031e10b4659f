import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';
import { entryName, refuseClashes } from './entry-name.ts';
import type { WheelLimits } from './limits.ts';
import type { Source } from './source.ts';
import { findDirectory } from './zip-end.ts';
import { widen } from './zip-extra.ts';
import {
  ALLOWED_FLAGS,
  CENTRAL,
  DEFLATED,
  FLAG_UTF8,
  STORED,
  TYPE_FILE,
  TYPE_FOLDER,
  TYPE_MASK,
} from './zip-format.ts';
import { locateData } from './zip-local.ts';

/** One entry as the central directory has it. */
export type CentralEntry = {
  /** Ends in `/` for a folder. */
  name: string;
  nameBytes: Buffer;
  flags: number;
  method: number;
  /** MS-DOS time and date, one 32-bit number. */
  time: number;
  crc: number;
  packedSize: number;
  size: number;
  /** Unix mode, 0 when the archive has none. */
  mode: number;
  /** Of the local header, in bytes from the start of the file. */
  offset: number;
};

/** An entry whose local header says the same, with the place of its packed bytes. */
export type ZipEntry = CentralEntry & { dataStart: number; dataEnd: number };

/** A name of 64 KiB and extra fields of as much, for each entry, would be no directory of a wheel. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

function checkType(name: string, mode: number): void {
  const type = mode & TYPE_MASK;
  const fits = type === 0 || type === (name.endsWith('/') ? TYPE_FOLDER : TYPE_FILE);
  if (!fits) throw badWheel(`its entry ${quoted(name)} is a link or a special file`);
}

function parseEntry(record: Buffer, nameLength: number): CentralEntry {
  const flags = record.readUInt16LE(8);
  const nameBytes = record.subarray(CENTRAL.bytes, CENTRAL.bytes + nameLength);
  const name = entryName(nameBytes, (flags & FLAG_UTF8) !== 0);
  if ((flags & ~ALLOWED_FLAGS) !== 0)
    throw badWheel(`its entry ${quoted(name)} is encrypted or uses a rare zip feature`);
  const method = record.readUInt16LE(10);
  if (method !== STORED && method !== DEFLATED) {
    throw badWheel(`its entry ${quoted(name)} is packed by method ${method}; only "stored" and "deflated" are allowed`);
  }
  if (record.readUInt16LE(34) !== 0) throw badWheel('it is a zip file in several volumes');
  const mode = record.readUInt32LE(38) >>> 16;
  checkType(name, mode);
  const extra = record.subarray(CENTRAL.bytes + nameLength, CENTRAL.bytes + nameLength + record.readUInt16LE(30));
  const sizes = [record.readUInt32LE(24), record.readUInt32LE(20), record.readUInt32LE(42)];
  const [size = 0, packedSize = 0, offset = 0] = widen(sizes, extra);
  if (method === STORED && size !== packedSize) throw badWheel(`its entry ${quoted(name)} has two sizes`);
  if (name.endsWith('/') && size !== 0) throw badWheel(`its folder ${quoted(name)} has content`);
  const crc = record.readUInt32LE(16);
  return { name, nameBytes, flags, method, time: record.readUInt32LE(12), crc, packedSize, size, mode, offset };
}

function parseDirectory(bytes: Buffer, count: number): CentralEntry[] {
  const entries: CentralEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + CENTRAL.bytes > bytes.length || bytes.readUInt32LE(at) !== CENTRAL.signature) {
      throw badWheel('its directory is broken');
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const end = at + CENTRAL.bytes + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (end > bytes.length) throw badWheel('its directory is broken');
    if (entries.length === count) throw badWheel('its directory has another number of entries than it says');
    entries.push(parseEntry(bytes.subarray(at, end), nameLength));
    at = end;
  }
  if (entries.length < count) throw badWheel('its directory has another number of entries than it says');
  return entries;
}

function checkSizes(entries: readonly CentralEntry[], fileSize: number, limits: WheelLimits): void {
  const unpacked = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (unpacked > limits.unpackedBytes) throw badWheel(`it unpacks to more than ${limits.unpackedBytes} bytes`);
  if (unpacked > limits.ratioFloor && unpacked > fileSize * limits.ratio) {
    throw badWheel(`it unpacks to more than ${limits.ratio} times its size`);
  }
}

/**
 * The entries of a zip file in the order of their bytes, from a strict reading: central directory and local headers
 * agree, the file consists of exactly the entries, the directory and its end, and no tool can see other files in it
 * than we do. Sizes are as declared; `unpack` holds the bytes to them.
 * @throws BuildFailure `bad-wheel`
 */
export async function readEntries(file: Source, limits: WheelLimits): Promise<ZipEntry[]> {
  const directory = await findDirectory(file);
  if (directory.entries > limits.entries) throw badWheel(`it has more than ${limits.entries} entries`);
  const length = directory.end - directory.start;
  if (length > MAX_DIRECTORY_BYTES) throw badWheel('its directory is too large');
  const central = parseDirectory(await file.readAt(directory.start, length), directory.entries);
  checkSizes(central, file.size, limits);
  refuseClashes(central.map((entry) => entry.name));
  central.sort((a, b) => a.offset - b.offset);
  const entries: ZipEntry[] = [];
  let expected = 0;
  for (const [at, entry] of central.entries()) {
    if (entry.offset !== expected) throw badWheel('there are bytes in it that belong to no entry, or to two');
    expected = central[at + 1]?.offset ?? directory.start;
    entries.push(await locateData(file, entry, expected));
  }
  if (expected !== directory.start) throw badWheel('there are bytes in it that belong to no entry');
  return entries;
}
