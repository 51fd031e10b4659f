import { EventEmitter, once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** What is read at once by one who follows. */
const CHUNK_BYTES = 256 * 1024;
/** Not handed on before the whole file has been checked: nobody ends up with a whole file of wrong bytes. */
const HELD_BACK_BYTES = 1;

type Attempt = { path: string; size: number | undefined; written: number };

/**
 * A file while it is being downloaded: one writes it, any number follow it as it grows. A download that is begun anew writes
 * another file; who has bytes of the earlier one already is cut off, for the two need not be the same.
 */
export class GrowingFile {
  #current: Attempt | undefined;
  #outcome: 'growing' | 'whole' | { failure: unknown } = 'growing';
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** The writer starts, again perhaps, at byte 0 of the file `path`; `size` is the length that the server announces. */
  begin(path: string, size: number | undefined): void {
    this.#current = { path, size, written: 0 };
    this.#wake();
  }

  /** So many bytes are in the file by now. */
  grew(written: number): void {
    if (this.#current) this.#current.written = written;
    this.#wake();
  }

  /** The file is whole and its hash is right. */
  end(): void {
    this.#outcome = 'whole';
    this.#wake();
  }

  fail(failure: unknown): void {
    if (this.#outcome !== 'growing') return;
    this.#outcome = { failure };
    this.#wake();
  }

  /**
   * Waits until there is something to follow, and follows it from the first byte to the last. Its `body` breaks off where the
   * download fails or is begun anew.
   *
   * @returns undefined where the server announces no size, and where the file is whole already: its writer tells where it is.
   * @throws the failure of the download
   */
  async follow(): Promise<{ size: number; body: Readable } | undefined> {
    while (!this.#current?.written && this.#outcome !== 'whole') await this.#next();
    const followed = this.#current;
    if (this.#outcome === 'whole' || followed?.size === undefined) return undefined;
    const file = await open(followed.path).catch(() => undefined);
    if (!file) return undefined;
    const body = Readable.from(this.#read(followed, file), { objectMode: false });
    // Not in the generator: it never begins where nobody reads.
    body.once('close', () => file.close());
    return { size: followed.size, body };
  }

  async *#read(followed: Attempt, file: FileHandle): AsyncGenerator<Buffer> {
    for (let at = 0; ; ) {
      const limit = followed.written - (this.#outcome === 'whole' ? 0 : HELD_BACK_BYTES);
      if (at < limit) {
        const chunk = await readAt(file, at, Math.min(CHUNK_BYTES, limit - at));
        at += chunk.length;
        yield chunk;
      } else if (this.#outcome === 'whole') return;
      else await this.#next();
      if (this.#current !== followed) throw new Error('The download was begun anew.');
    }
  }

  #wake(): void {
    this.#changes.emit('change');
  }

  async #next(): Promise<void> {
    this.#throwFailure();
    await once(this.#changes, 'change');
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (typeof this.#outcome === 'object') throw this.#outcome.failure;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  if (bytesRead === 0) throw new Error('The file that is being downloaded is shorter than was said.');
  return buffer.subarray(0, bytesRead);
}
