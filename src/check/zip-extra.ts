import { badWheel } from './bad-wheel.ts';
import { EXTRA_UNICODE_PATH, EXTRA_ZIP64, SEE_ZIP64 } from './zip-format.ts';

/** A 64-bit number; those beyond 2^53 are no place in any file. */
export function readUint64(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badWheel('a number in its directory is far too large');
  return Number(value);
}

/** The data of the zip64 field among an entry's extra fields, or undefined; throws `bad-wheel` when they are malformed. */
function zip64Field(extra: Buffer): Buffer | undefined {
  let found: Buffer | undefined;
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) throw badWheel('an entry has broken extra fields');
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw badWheel('an entry has broken extra fields');
    if (id === EXTRA_UNICODE_PATH) throw badWheel('an entry has a second name');
    if (id === EXTRA_ZIP64) {
      if (found !== undefined) throw badWheel('an entry has two zip64 fields');
      found = extra.subarray(at + 4, end);
    }
    at = end;
  }
  return found;
}

/** The 32-bit values with those that say so replaced by the zip64 field's, which come in the same order (4.5.3). */
export function widen(values: readonly number[], extra: Buffer): number[] {
  const field = zip64Field(extra);
  let at = 0;
  return values.map((value) => {
    if (value !== SEE_ZIP64) return value;
    if (field === undefined || at + 8 > field.length) throw badWheel('an entry has no zip64 sizes where it must');
    at += 8;
    return readUint64(field, at - 8);
  });
}
