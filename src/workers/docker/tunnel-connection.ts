import { Duplex } from 'node:stream';
import { encodeFrame, encodeWindow, FRAME, FRAME_BYTES, HostileFrame, WINDOW_BYTES } from './tunnel-frames.ts';

/** Writes a frame to the container; `done` is called when it has left this process. */
export type SendFrame = (frame: Buffer, done?: (error?: Error | null) => void) => void;

type Done = (error?: Error | null) => void;

/**
 * One TCP connection inside the container, as an HTTP server takes it. Neither side may have more than the window on
 * the way: bytes in are acknowledged when they were read, bytes out wait until the container has passed some on.
 */
export class TunnelConnection extends Duplex {
  readonly #id: number;
  readonly #send: SendFrame;
  #unread = 0;
  #allowance = WINDOW_BYTES;
  #waiting: (() => void) | undefined;
  #inputEnded = false;
  #gone = false;

  constructor(id: number, send: SendFrame) {
    super({ allowHalfOpen: true, highWaterMark: FRAME_BYTES });
    this.#id = id;
    this.#send = send;
  }

  /** Bytes from the container. Throws HostileFrame for more than was allowed. */
  receive(data: Buffer): void {
    if (this.destroyed) return;
    this.#unread += data.length;
    if (this.#inputEnded) throw new HostileFrame('a connection went on after its end');
    if (this.#unread > WINDOW_BYTES) throw new HostileFrame('a connection overran its window');
    if (this.push(data)) this.#acknowledge();
  }

  /** The client inside sends nothing more. */
  receiveEnd(): void {
    if (this.#inputEnded) throw new HostileFrame('a connection ended twice');
    this.#inputEnded = true;
    this.push(null);
  }

  /** The client inside has closed, or the tunnel has ended: nobody is there to read an answer. */
  receiveClose(): void {
    this.#gone = true;
    this.destroy();
  }

  /** The container has passed on so many bytes. Throws HostileFrame for more than were sent. */
  receiveWindow(bytes: number): void {
    this.#allowance += bytes;
    if (this.#allowance > WINDOW_BYTES) throw new HostileFrame('a window was opened further than it is');
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  /** As net.Socket has it: HTTP servers end a connection so when they will not keep it. */
  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#acknowledge();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (chunk.length === 0) {
      done();
      return;
    }
    if (this.#allowance === 0) {
      this.#waiting = () => this._write(chunk, _encoding, done);
      return;
    }
    const size = Math.min(chunk.length, FRAME_BYTES, this.#allowance);
    this.#allowance -= size;
    this.#send(encodeFrame(FRAME.data, this.#id, chunk.subarray(0, size)), (error) => {
      if (error) done(error);
      else this._write(chunk.subarray(size), _encoding, done);
    });
  }

  override _final(done: Done): void {
    this.#send(encodeFrame(FRAME.end, this.#id), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#waiting = undefined;
    if (!this.#gone) this.#send(encodeFrame(FRAME.close, this.#id));
    done(error);
  }

  #acknowledge(): void {
    if (this.#unread === 0 || this.#gone) return;
    const bytes = this.#unread;
    this.#unread = 0;
    this.#send(encodeWindow(this.#id, bytes));
  }
}
