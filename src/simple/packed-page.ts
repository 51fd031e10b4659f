import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RenderedPage } from './index-view.ts';

const pack = promisify(gzip);

/** A smaller page goes into one packet anyway. */
export const PACKED_FROM_BYTES = 1_000;

/** Kept as long as the page itself is. */
const memory = new WeakMap<Buffer, RenderedPage | Promise<RenderedPage>>();

/**
 * The page packed with gzip, off the event loop, once for however many ask for it. Its strong ETag is another one than that of the
 * plain page (RFC 9110, section 8.8.1). Pages have no secrets and repeat nothing of a request, so that their length may be seen (BREACH).
 */
export function packedPage(page: RenderedPage): RenderedPage | Promise<RenderedPage> {
  const known = memory.get(page.body);
  if (known) return known;
  const made = pack(page.body).then((bytes) => {
    // A copy: zlib's own is the beginning of a larger block.
    const packed = { body: Buffer.from(bytes), etag: `${page.etag.slice(0, -1)}-gzip"` };
    memory.set(page.body, packed);
    return packed;
  });
  memory.set(page.body, made);
  made.catch(() => memory.delete(page.body));
  return made;
}
