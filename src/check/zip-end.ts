import { badWheel } from './bad-wheel.ts';
import type { Source } from './source.ts';
import { readUint64 } from './zip-extra.ts';
import { END, END64, LOCATOR64, SEE_ZIP64, SEE_ZIP64_SHORT } from './zip-format.ts';

/** Where the central directory lies, in bytes, and how many entries it has. */
export type Directory = { start: number; end: number; entries: number };

type Numbers = { disks: number[]; entries: number[]; size: number; start: number };

/** The end record with each "see zip64" value replaced; a value that is given twice must be the same. */
function merged(short: Numbers, long: Numbers): Numbers {
  const same = (a: number, b: number, seeLong: number) => a === seeLong || a === b;
  const agree =
    short.entries.every((count, at) => same(count, long.entries[at] ?? -1, SEE_ZIP64_SHORT)) &&
    same(short.size, long.size, SEE_ZIP64) &&
    same(short.start, long.start, SEE_ZIP64);
  if (!agree) throw badWheel('its two end records differ');
  return long;
}

async function longEnd(file: Source, end: number, locator: Buffer): Promise<{ numbers: Numbers; at: number }> {
  const at = readUint64(locator, 8);
  if (at !== end - LOCATOR64.bytes - END64.bytes) throw badWheel('its zip64 end record is not where it belongs');
  const record = await file.readAt(at, END64.bytes);
  if (record.readUInt32LE(0) !== END64.signature || readUint64(record, 4) !== END64.bytes - 12) {
    throw badWheel('its zip64 end record is broken');
  }
  const disks = [locator.readUInt32LE(4), record.readUInt32LE(16), record.readUInt32LE(20)];
  if (locator.readUInt32LE(16) !== 1) throw badWheel('it is a zip file in several volumes');
  const entries = [readUint64(record, 24), readUint64(record, 32)];
  return { numbers: { disks, entries, size: readUint64(record, 40), start: readUint64(record, 48) }, at };
}

/**
 * Finds the central directory from the end records, which must be the very end of the file: no comment, nothing
 * between, so that every tool finds the same ones.
 * @throws BuildFailure `bad-wheel`
 */
export async function findDirectory(file: Source): Promise<Directory> {
  const { size } = file;
  if (size < END.bytes) throw badWheel('it is not a zip file');
  const at = size - END.bytes;
  const record = await file.readAt(at, END.bytes);
  if (record.readUInt32LE(0) !== END.signature || record.readUInt16LE(20) !== 0) {
    throw badWheel('it is not a zip file, or something follows its end');
  }
  const short = {
    disks: [record.readUInt16LE(4), record.readUInt16LE(6)],
    entries: [record.readUInt16LE(8), record.readUInt16LE(10)],
    size: record.readUInt32LE(12),
    start: record.readUInt32LE(16),
  };
  const locator =
    at >= LOCATOR64.bytes + END64.bytes ? await file.readAt(at - LOCATOR64.bytes, LOCATOR64.bytes) : undefined;
  const long = locator?.readUInt32LE(0) === LOCATOR64.signature ? await longEnd(file, at, locator) : undefined;
  const numbers = long === undefined ? short : merged(short, long.numbers);
  const end = long?.at ?? at;
  const [entries = 0, entriesInAll] = numbers.entries;
  if (numbers.disks.some((disk) => disk !== 0) || entries !== entriesInAll) {
    throw badWheel('it is a zip file in several volumes');
  }
  if (numbers.start + numbers.size !== end) throw badWheel('its directory is not where it belongs');
  return { start: numbers.start, end, entries };
}
