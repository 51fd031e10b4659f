import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import type { Content } from './object-store.ts';

/** Few and large reads: content is hashed and written in order, nothing waits for its first byte. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The content's bytes in order. Iterating throws what the source throws, and the signal's AbortError; the source is
 * destroyed when the iteration ends in whatever way.
 */
export async function* chunksOf(content: Content, signal?: AbortSignal): AsyncGenerator<Buffer> {
  signal?.throwIfAborted();
  if (typeof content === 'string' || Buffer.isBuffer(content)) {
    yield Buffer.from(content);
    return;
  }
  const source = content instanceof Readable ? content : createReadStream(content.path, { highWaterMark: CHUNK_BYTES });
  if (signal !== undefined) addAbortSignal(signal, source);
  for await (const chunk of source) yield Buffer.from(chunk);
}

/**
 * Writes the content to an open file, from its present position on. What the source throws passes as it is; what the
 * file throws goes through `translate`, so that a failing download is never taken for a failing disk.
 */
export async function writeContent(
  file: FileHandle,
  content: Content,
  options: {
    signal?: AbortSignal | undefined;
    translate: (error: unknown) => unknown;
    onChunk?: (chunk: Buffer) => void;
  },
): Promise<void> {
  for await (const chunk of chunksOf(content, options.signal)) {
    options.onChunk?.(chunk);
    try {
      await file.writeFile(chunk);
    } catch (error) {
      throw options.translate(error);
    }
  }
}

/** Runs a write; when it fails before or while reading a stream, the stream is destroyed and lets go of what it holds. */
export async function orLetGo(content: Content, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (content instanceof Readable) content.on('error', () => undefined).destroy();
    throw error;
  }
}
