import { constants, createGzip } from 'node:zlib';
import type { LogSink } from '../builder.ts';
import { ESCAPES, printable } from '../printable.ts';

/** What of a log is kept for the answer to a failure. */
const TAIL_LINES = 40;
const TAIL_CHARS = 8000;
/** Sent to watchers in pieces of this age or size: a chatty build would drown the queue otherwise. */
const FLUSH_MILLISECONDS = 300;
const FLUSH_CHARS = 64 * 1024;

/** An escape sequence that the next chunk may end; a longer one is none. */
const CUT_OFF = /\u001b[^\u001b]{0,200}$/;

/** The log of one run: passed on to watchers while it runs, kept compressed for the bucket, its end for failures. */
export class LiveLog implements LogSink {
  readonly #send: (text: string) => Promise<void>;
  readonly #decoder = new TextDecoder();
  readonly #gzip = createGzip({ level: constants.Z_BEST_SPEED });
  readonly #compressed: Buffer[] = [];
  readonly #gzipEnd: Promise<void>;
  /** The beginning of an escape sequence, kept back for the next chunk. */
  #cut = '';
  #tail = '';
  #unsent = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
    this.#gzip.on('data', (chunk: Buffer) => this.#compressed.push(chunk));
    this.#gzipEnd = new Promise((resolve, reject) => this.#gzip.on('end', resolve).on('error', reject));
  }

  async write(chunk: Buffer): Promise<void> {
    const raw = (this.#cut + this.#decoder.decode(chunk, { stream: true })).replace(ESCAPES, '');
    this.#cut = CUT_OFF.exec(raw)?.[0] ?? '';
    await this.#take(printable(raw.slice(0, raw.length - this.#cut.length)));
  }

  async #take(text: string): Promise<void> {
    if (text === '') return;
    this.#tail = (this.#tail + text).slice(-TAIL_CHARS);
    this.#unsent += text;
    if (!this.#gzip.write(text)) await new Promise((resolve) => this.#gzip.once('drain', resolve));
    if (this.#unsent.length >= FLUSH_CHARS) await this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MILLISECONDS);
  }

  /** The last lines, for the answer to a failure. */
  get tail(): string {
    return this.#tail.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  /** Sends what is left and gives the whole log, gzip-compressed. */
  async end(): Promise<Buffer> {
    await this.#take(printable(this.#cut));
    this.#cut = '';
    await this.#flush();
    if (!this.#gzip.writableEnded) this.#gzip.end();
    await this.#gzipEnd;
    return Buffer.concat(this.#compressed);
  }

  /** The live log is a courtesy: a queue that is away must not fail the build. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#unsent;
    this.#unsent = '';
    if (text !== '') await this.#send(text).catch(() => undefined);
  }
}
