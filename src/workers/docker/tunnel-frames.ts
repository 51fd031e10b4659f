/** The frames between tunnel.py in a container and the worker; what they mean is said there. */
export const FRAME = { ready: 0x52, open: 0x4f, data: 0x44, end: 0x45, close: 0x43, window: 0x57 } as const;

export const FRAME_BYTES = 64 * 1024;
/** Bytes of one connection that may be on the way in each direction. */
export const WINDOW_BYTES = 256 * 1024;
export const MAX_CONNECTIONS = 128;

const HEADER_BYTES = 9;
const COUNT_BYTES = 4;
const NOTHING = Buffer.alloc(0);

export type Frame = { type: number; id: number; data: Buffer };

/** What came out of the container breaks the protocol. Nothing of it is believed any more. */
export class HostileFrame extends Error {
  override readonly name = 'HostileFrame';
}

/** How long the data of a frame may be, by type; a type not listed is no frame. */
const MAX_DATA = new Map<number, { min: number; max: number }>([
  [FRAME.ready, { min: 0, max: 0 }],
  [FRAME.open, { min: 0, max: 0 }],
  [FRAME.data, { min: 1, max: FRAME_BYTES }],
  [FRAME.end, { min: 0, max: 0 }],
  [FRAME.close, { min: 0, max: 0 }],
  [FRAME.window, { min: COUNT_BYTES, max: COUNT_BYTES }],
]);

/** Header and data of a frame, to be written one after the other. */
export function encodeFrame(type: number, id: number, data: Buffer = NOTHING): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32BE(id, 1);
  frame.writeUInt32BE(data.length, 5);
  data.copy(frame, HEADER_BYTES);
  return frame;
}

export function encodeWindow(id: number, bytes: number): Buffer {
  const data = Buffer.alloc(COUNT_BYTES);
  data.writeUInt32BE(bytes);
  return encodeFrame(FRAME.window, id, data);
}

/**
 * Cuts a stream of bytes into frames; holds at most one unfinished frame.
 * @throws HostileFrame as soon as a header cannot be one, before its data is waited for
 */
export function createFrameReader(): (chunk: Buffer) => Generator<Frame> {
  let parts: Buffer[] = [];
  let held = 0;
  let needed = HEADER_BYTES;
  return function* (chunk) {
    parts.push(chunk);
    held += chunk.length;
    while (held >= needed) {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
      const length = dataLength(bytes);
      needed = HEADER_BYTES + length;
      parts = [bytes];
      if (held < needed) break;
      const frame = { type: bytes[0]!, id: bytes.readUInt32BE(1), data: bytes.subarray(HEADER_BYTES, needed) };
      parts = [bytes.subarray(needed)];
      held -= needed;
      needed = HEADER_BYTES;
      yield frame;
    }
  };
}

function dataLength(header: Buffer): number {
  const bounds = MAX_DATA.get(header[0]!);
  if (bounds === undefined) throw new HostileFrame(`no frame has the type ${header[0]}`);
  const length = header.readUInt32BE(5);
  if (length < bounds.min || length > bounds.max)
    throw new HostileFrame(`a frame of type ${header[0]} has ${length} bytes`);
  return length;
}
