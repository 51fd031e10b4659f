import { Readable } from 'node:stream';

/** What is read ahead of a slow reader, beside what the connection itself holds. */
const READ_AHEAD_BYTES = 256 * 1024;

/**
 * The bytes of an S3 server's answer with the errors of ours. It ends only when the answer has come whole, and destroying it
 * ends the answer.
 */
export function s3Body(response: Readable, translate: (error: unknown) => Error): Readable {
  const body = new Readable({
    highWaterMark: READ_AHEAD_BYTES,
    read: () => response.resume(),
    destroy(error, done) {
      response.destroy();
      done(error);
    },
  });
  response.pause();
  response.on('data', (chunk: Buffer) => {
    if (!body.push(chunk)) response.pause();
  });
  response.once('end', () => body.push(null));
  response.on('error', (error) => body.destroy(translate(error)));
  response.once('close', () => {
    if (!response.readableEnded) body.destroy(translate(new Error('the answer was cut off')));
  });
  return body;
}
