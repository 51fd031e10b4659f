import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Answer, HttpFault } from './http.ts';

/**
 * A body read whole and unpacked (`gzip`), `maxBytes` at most on either side of the unpacking.
 * @throws HttpFault `unfit` when it is longer or packed in another way, `broken` when it ends too early.
 */
export async function readBody(answer: Answer, maxBytes: number): Promise<Buffer> {
  const encoding = (answer.header('content-encoding') ?? 'identity').trim().toLowerCase();
  const tooLong = () => new HttpFault('unfit', `it sent more than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
  if (Number(answer.header('content-length') ?? 0) > maxBytes) throw tooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > maxBytes) return;
      chunks.push(chunk);
    }
  };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') await pipeline(answer.body, createGunzip(), collect);
    else if (encoding === 'identity' || encoding === '') await pipeline(answer.body, collect);
    else throw new HttpFault('unfit', `it sent the content encoding ${JSON.stringify(encoding.slice(0, 40))}, unasked`);
  } catch (error) {
    // Leaving the loop makes the pipeline end with an error of its own.
    if (size <= maxBytes) throw error;
  }
  if (size > maxBytes) throw tooLong();
  return Buffer.concat(chunks, size);
}
