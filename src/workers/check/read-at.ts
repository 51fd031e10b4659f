import type { FileHandle } from 'node:fs/promises';
import { badWheel } from './bad-wheel.ts';

/** Few and large reads, little memory. */
const CHUNK_BYTES = 256 * 1024;

/** Exactly `length` bytes from `start` on; a shorter file is a bad wheel. */
export async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) throw badWheel('the file ends too early');
    filled += bytesRead;
  }
  return bytes;
}

/** The bytes from `start` up to `end` (not included), in pieces. */
export async function* chunksAt(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += CHUNK_BYTES) yield await readAt(file, at, Math.min(CHUNK_BYTES, end - at));
}
