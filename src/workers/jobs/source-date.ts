import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/** Zip cannot store a time before 1980-01-01. */
const EARLIEST = 315_532_800;
/** A tar bomb must not hold a worker: what lies beyond is not looked at. */
const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * SOURCE_DATE_EPOCH of a build: the newest time in the sdist, so that a rebuild years later gives the same bytes.
 *
 * @returns seconds since 1970, 1980 at the earliest; that also for archives that are not a readable `.tar.gz`.
 */
export async function sourceDate(path: string): Promise<number> {
  let newest = EARLIEST;
  let seen = 0;
  const now = Date.now() / 1000;
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    const time = Math.floor((header.mtime?.getTime() ?? 0) / 1000);
    if (time > newest && time <= now) newest = time;
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
  await pipeline(createReadStream(path), createGunzip(), bounded).catch(() => undefined);
  entries.destroy();
  return newest;
}
