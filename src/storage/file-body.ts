import { type BigIntStats, close, createReadStream, fstat, open, read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { WheelmillError } from '../errors.ts';

/** Few and large reads; a stream holds two of them at most, however large the file and however slow its reader. */
const CHUNK_BYTES = 256 * 1024;

// Plain descriptors: a stream over one of Node's file handles takes twice the time.
const openPlain = promisify(open);
const closePlain = promisify(close);
const statPlain = promisify<number, { bigint: true }, BigIntStats>(fstat);

/** An open file; it is closed when the stream made of it ends or is destroyed. */
export type OpenFile = { fd: number; stats: BigIntStats };

/** Throws the system's error where there is no file. Undefined for what is there but no file. */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  const fd = await openPlain(path, 'r');
  const stats = await statPlain(fd, { bigint: true }).catch(async (error) => {
    await closePlain(fd);
    throw error;
  });
  if (stats.isFile()) return { fd, stats };
  await closePlain(fd);
  return undefined;
}

/**
 * Exactly the bytes asked for, or an error: a file that was cut off since it was opened must not look whole.
 * @param range inclusive, within the file; an empty file has none.
 * @param translate of the errors that the stream gives.
 */
export function fileBody(
  { fd, stats }: OpenFile,
  range: { start: number; end: number } | undefined,
  translate: (error: unknown) => Error,
): Readable {
  const last = Number(stats.size) - 1;
  const { start, end } = range ?? { start: 0, end: last };
  if (start > last) {
    close(fd);
    return Readable.from([]);
  }
  const readSome = (file: number, buffer: Buffer, at: number, length: number, position: number, done: Done): void =>
    read(file, buffer, at, length, position, (error, count) => {
      if (error) done(translate(error), 0, buffer);
      else done(count === 0 ? cutOff() : null, count, buffer);
    });
  return createReadStream('', {
    fd,
    start,
    end: Math.min(end, last),
    highWaterMark: CHUNK_BYTES,
    fs: { open, read: readSome, close },
  });
}

type Done = (error: Error | null, count: number, buffer: Buffer) => void;

function cutOff(): WheelmillError {
  return new WheelmillError(
    'store-corrupt',
    'A file of the store became shorter while it was read. Restore it from a backup.',
  );
}
