/** A piece of an exec's output. */
export type Output = { channel: 'stdout' | 'stderr'; data: Buffer };

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * The engine's multiplexed stream taken apart (API: "Attach to a container", stream format: channel, 3 zero bytes,
 * length as 32 bits big-endian, payload). Pieces are passed on as they arrive, nothing is gathered, and the source is
 * read no faster than the pieces are taken.
 */
export async function* demux(source: AsyncIterable<Buffer>): AsyncGenerator<Output> {
  let header = Buffer.alloc(0);
  let channel: Output['channel'] = 'stdout';
  let left = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const data = rest.subarray(0, left);
        left -= data.length;
        rest = rest.subarray(data.length);
        yield { channel, data };
        continue;
      }
      const wanted = HEADER_BYTES - header.length;
      header = Buffer.concat([header, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (header.length < HEADER_BYTES) continue;
      channel = header[0] === STDERR ? 'stderr' : 'stdout';
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}
