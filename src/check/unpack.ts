import { createHash, type Hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';
import { HEAD_BYTES } from './machine-code.ts';
import type { Source } from './source.ts';
import type { ZipEntry } from './zip-entries.ts';
import { STORED } from './zip-format.ts';

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** Reads an entry's bytes to the end, holding them to the declared size and CRC; never more than that size is made. */
export async function unpack(file: Source, entry: ZipEntry, onChunk: (chunk: Buffer) => void): Promise<void> {
  const refuse = (why: string, cause?: unknown) => badWheel(`its entry ${quoted(entry.name)} ${why}`, cause);
  let size = 0;
  let crc = 0;
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size > entry.size) throw refuse('unpacks to more than it declares');
    crc = crc32(chunk, crc);
    onChunk(chunk);
  };
  const packed = file.chunksAt(entry.dataStart, entry.dataEnd);
  if (entry.method === STORED) {
    for await (const chunk of packed) take(chunk);
  } else {
    const inflate = createInflateRaw();
    // An error of either ends the loop below, and leaving the loop ends both; nothing is left to be called back for.
    pipeline(Readable.from(packed), inflate, () => undefined);
    try {
      for await (const chunk of inflate) take(chunk);
    } catch (error) {
      throw isZlibError(error) ? refuse('has broken compressed data', error) : error;
    }
    // Bytes behind the end of the compressed data would be hidden from every tool.
    if (inflate.bytesWritten !== entry.packedSize) throw refuse('has bytes behind its compressed data');
  }
  if (size !== entry.size) throw refuse('unpacks to less than it declares');
  if (crc !== entry.crc) throw refuse('does not have the CRC it declares');
}

/** An entry's bytes whole, for the small files of `.dist-info`; larger than `limit` bytes is refused. */
export async function readEntry(file: Source, entry: ZipEntry, limit: number): Promise<Buffer> {
  if (entry.size > limit) throw badWheel(`its entry ${quoted(entry.name)} is larger than ${limit} bytes`);
  const chunks: Buffer[] = [];
  await unpack(file, entry, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** The digest of an entry's bytes, as RECORD writes it (URL-safe base64 without padding), and its first `HEAD_BYTES` bytes. */
export async function digestOf(
  file: Source,
  entry: ZipEntry,
  algorithm: string,
): Promise<{ digest: string; head: Buffer }> {
  const hash: Hash = createHash(algorithm);
  let head: Buffer = Buffer.alloc(0);
  await unpack(file, entry, (chunk) => {
    hash.update(chunk);
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
  });
  return { digest: hash.digest('base64url'), head };
}
