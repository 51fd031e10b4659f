import { open } from 'node:fs/promises';
import { badWheel } from './bad-wheel.ts';

/** Read at once: headers and small files lie close together and are read in order. */
const WINDOW_BYTES = 256 * 1024;

/** A file that is read at any place; its size is that at the time of opening. The caller closes it. */
export type Source = {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `start` on; throws BuildFailure `bad-wheel` when the file has not so many. */
  readAt(start: number, length: number): Promise<Buffer>;
  /** The bytes from `start` up to `end` (not included), in pieces. */
  chunksAt(start: number, end: number): AsyncGenerator<Buffer>;
  close(): Promise<void>;
};

export async function openSource(path: string): Promise<Source> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  let window: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  async function read(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) throw badWheel('its file was cut short while it was read');
      filled += bytesRead;
    }
    return bytes;
  }

  const source: Source = {
    size,
    async readAt(start, length) {
      if (start + length > size) throw badWheel('the file ends too early');
      if (start < window.start || start + length > window.start + window.bytes.length) {
        const wanted = Math.max(length, Math.min(WINDOW_BYTES, size - start));
        window = { start, bytes: await read(start, wanted) };
      }
      return window.bytes.subarray(start - window.start, start - window.start + length);
    },
    async *chunksAt(start, end) {
      for (let at = start; at < end; at += WINDOW_BYTES) {
        yield await source.readAt(at, Math.min(WINDOW_BYTES, end - at));
      }
    },
    close: () => file.close(),
  };
  return source;
}
