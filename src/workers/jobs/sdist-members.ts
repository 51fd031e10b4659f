import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

/** A tar bomb must not hold a worker: what lies beyond is not looked at. */
const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * Shows every member of a `.tar.gz` to `look`.
 *
 * @returns whether it could be read to its end; other archives cannot.
 */
export async function eachMember(path: string, look: (header: Header) => void): Promise<boolean> {
  let seen = 0;
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    look(header);
    stream.on('end', next).resume();
  });
  const bounded = new Writable({
    write(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > MAX_BYTES) done(new Error('too large'));
      else if (entries.write(chunk)) done();
      else entries.once('drain', done);
    },
    final(done) {
      // The writer of streamx takes a callback here, and no call without an argument.
      entries.end(() => done());
    },
  });
  entries.on('error', (error) => bounded.destroy(error));
  const whole = await pipeline(createReadStream(path), createGunzip(), bounded).then(
    () => true,
    () => false,
  );
  entries.destroy();
  return whole;
}
