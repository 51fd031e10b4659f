import type { FastifyReply, FastifyRequest } from 'fastify';
import { WheelmillError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { byteRange, noneMatches } from './conditional.ts';
import { noSuchFile } from './files.ts';

/** A year, as long as caches count. The URL has the hash: what it names never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** What goes out of a file now: all, its beginning, or `none` of both. */
export type Sent = 'whole' | 'beginning' | 'none';

/**
 * Sends a stored file whose content its URL fixes: one range, conditions, no packing (pip reads wheels as they come) and no
 * Content-Disposition (pip would take its name from there).
 *
 * @param file `sha256` of the bytes is the ETag.
 * The bytes are streamed at the pace of the client, and no further read when it has gone. Where the store fails in between, the
 * connection is broken off, short of the announced length: what is cut off must not look whole.
 *
 * @throws WheelmillError `not-found` when the object has gone, `store-corrupt` when it has another size than `file.size`.
 */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  store: ObjectStore,
  file: { key: string; sha256: string; size?: number },
): Promise<Sent> {
  const etag = `"${file.sha256}"`;
  const size = file.size ?? (await store.head(file.key))?.size;
  if (size === undefined) throw noSuchFile();
  reply.headers(fileHeaders(file.sha256));
  if (!noneMatches(request.headers['if-none-match'], etag)) {
    reply.code(304).send();
    return 'none';
  }
  reply.type('application/octet-stream');
  // RFC 9110, section 14.2: ranges are of GET alone.
  const asked = request.method === 'GET' ? request.headers.range : undefined;
  const range = byteRange(asked, single(request.headers['if-range']), { size, etag });
  if (range === 'unsatisfiable') {
    reply.code(416).header('content-range', `bytes */${size}`).header('cache-control', 'no-store').send();
    return 'none';
  }
  if (request.method === 'HEAD') {
    reply.header('content-length', size).send();
    return 'none';
  }
  const open = await openWhileThere(reply, (signal) => store.open(file.key, { ...(range && { range }), signal }));
  if (open === 'left') {
    reply.hijack();
    return 'none';
  }
  if (!open) throw noSuchFile();
  if (open.size !== size) {
    open.body.destroy();
    throw new WheelmillError(
      'store-corrupt',
      `The file has ${open.size} bytes in the store and not ${size}. Restore it from a backup.`,
    );
  }
  if (range) {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    reply.header('content-length', range.end - range.start + 1);
  } else reply.header('content-length', size);
  reply.send(open.body);
  if (!range) return 'whole';
  return range.start === 0 ? 'beginning' : 'none';
}

/** Whoever has gone stands in no line of the store. Only in the line: what is sent ends with its connection, or a server that ends. */
async function openWhileThere<T>(
  { raw }: FastifyReply,
  open: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'left'> {
  if (raw.destroyed) return 'left';
  const left = new AbortController();
  const leave = () => left.abort();
  raw.once('close', leave);
  try {
    return await open(left.signal);
  } catch (error) {
    if (left.signal.aborted) return 'left';
    throw error;
  } finally {
    raw.off('close', leave);
  }
}

/** Sends a small file whose bytes are at hand, under conditions, and whole whatever range is asked for (RFC 9110, section 14.2). */
export function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, sha256 }: { bytes: Buffer; sha256: string },
): void {
  reply.headers(fileHeaders(sha256));
  const isKnown = !noneMatches(request.headers['if-none-match'], `"${sha256}"`);
  if (isKnown) reply.code(304).send();
  else reply.type('application/octet-stream').send(bytes);
}

/** Of a file whose bytes have this SHA-256, hex. */
export function fileHeaders(sha256: string): Record<string, string> {
  return { etag: `"${sha256}"`, 'cache-control': FOR_EVER, 'accept-ranges': 'bytes' };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
