import type { FileHandle } from 'node:fs/promises';
import { CENTRAL, END, END64, FLAG_UTF8, LOCAL, LOCATOR64, SEE_ZIP64_SHORT } from './zip-format.ts';

/** An entry to be written; its packed bytes are given in pieces. Sizes are below 4 GiB (`WHEEL_LIMITS`). */
export type NewEntry = {
  nameBytes: Buffer;
  method: number;
  /** MS-DOS time and date, one 32-bit number. */
  time: number;
  crc: number;
  packedSize: number;
  size: number;
  mode: number;
};

/** 2.0: deflate and folders (4.4.3); made on Unix (4.4.2), which is what makes the mode count. */
const NEEDED = 20;
const MADE_BY = (3 << 8) | NEEDED;
const DOS_FOLDER = 0x10;
/** Headers and small files are written together. */
const FLUSH_BYTES = 1024 * 1024;

/** The part that local header and central record share, from "version needed" to the extra fields' length. */
function shared(entry: NewEntry): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(NEEDED, 0);
  bytes.writeUInt16LE(FLAG_UTF8, 2);
  bytes.writeUInt16LE(entry.method, 4);
  bytes.writeUInt32LE(entry.time, 6);
  bytes.writeUInt32LE(entry.crc, 10);
  bytes.writeUInt32LE(entry.packedSize, 14);
  bytes.writeUInt32LE(entry.size, 18);
  bytes.writeUInt16LE(entry.nameBytes.length, 22);
  return bytes;
}

function localHeader(entry: NewEntry): Buffer {
  const bytes = Buffer.alloc(LOCAL.bytes);
  bytes.writeUInt32LE(LOCAL.signature, 0);
  shared(entry).copy(bytes, 4);
  return Buffer.concat([bytes, entry.nameBytes]);
}

function centralRecord(entry: NewEntry, offset: number): Buffer {
  const bytes = Buffer.alloc(CENTRAL.bytes);
  bytes.writeUInt32LE(CENTRAL.signature, 0);
  bytes.writeUInt16LE(MADE_BY, 4);
  shared(entry).copy(bytes, 6);
  const folder = entry.nameBytes.at(-1) === 0x2f ? DOS_FOLDER : 0;
  bytes.writeUInt32LE(((entry.mode << 16) | folder) >>> 0, 38);
  bytes.writeUInt32LE(offset, 42);
  return Buffer.concat([bytes, entry.nameBytes]);
}

function endRecords(count: number, start: number, size: number): Buffer {
  const end = Buffer.alloc(END.bytes);
  const shown = Math.min(count, SEE_ZIP64_SHORT);
  end.writeUInt32LE(END.signature, 0);
  end.writeUInt16LE(shown, 8);
  end.writeUInt16LE(shown, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(start, 16);
  if (count < SEE_ZIP64_SHORT) return end;

  const end64 = Buffer.alloc(END64.bytes);
  end64.writeUInt32LE(END64.signature, 0);
  end64.writeBigUInt64LE(BigInt(END64.bytes - 12), 4);
  end64.writeUInt16LE(MADE_BY, 12);
  end64.writeUInt16LE(45, 14);
  for (const [at, value] of [count, count, size, start].entries()) end64.writeBigUInt64LE(BigInt(value), 24 + 8 * at);
  const locator = Buffer.alloc(LOCATOR64.bytes);
  locator.writeUInt32LE(LOCATOR64.signature, 0);
  locator.writeBigUInt64LE(BigInt(start + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}

/**
 * Writes a zip file from packed bytes, the same bytes for the same entries: no extra fields, no descriptors, nothing of
 * the present time. yazl has no way to pass on bytes that are compressed already.
 */
export function createZipWriter(file: FileHandle, onBytes: (bytes: Buffer) => void) {
  const central: Buffer[] = [];
  let offset = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;

  async function flush(): Promise<void> {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    onBytes(bytes);
    await file.writeFile(bytes);
  }

  async function write(bytes: Buffer): Promise<void> {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    offset += bytes.length;
    if (waitingBytes >= FLUSH_BYTES) await flush();
  }

  return {
    async add(entry: NewEntry, packed: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
      central.push(centralRecord(entry, offset));
      await write(localHeader(entry));
      for await (const chunk of packed) await write(chunk);
    },
    /** Writes the directory; gives the size of the file in bytes. */
    async end(): Promise<number> {
      const directory = Buffer.concat(central);
      const end = endRecords(central.length, offset, directory.length);
      await write(Buffer.concat([directory, end]));
      await flush();
      return offset;
    },
  };
}
