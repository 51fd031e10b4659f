import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { pageBytes, type RenderedPage } from './index-view.ts';

const pack = promisify(gzip);

/** A smaller page goes into one packet anyway. */
export const PACKED_FROM_BYTES = 1_000;
/** Packed pages are a fifth of the plain ones. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Each takes a quarter of a megabyte and one of the four threads that also read files. */
const limit = pLimit(2);

/** By the ETag of the plain page, which is made of its bytes: one memory does for all views and stores. */
const memory = new LRUCache<string, RenderedPage>({ maxSize: MAX_BYTES, sizeCalculation: pageBytes });
const underWay = new Map<string, Promise<RenderedPage>>();

/**
 * The page packed with gzip, off the event loop, once for however many ask for it. Its strong ETag is another one than that of the
 * plain page (RFC 9110, section 8.8.1). Pages have no secrets and repeat nothing of a request, so that their length may be
 * seen (BREACH).
 */
export function packedPage(page: RenderedPage): RenderedPage | Promise<RenderedPage> {
  return memory.get(page.etag) ?? underWay.get(page.etag) ?? packNow(page);
}

function packNow(page: RenderedPage): Promise<RenderedPage> {
  const packed = limit(() => pack(page.body))
    .then((bytes) => {
      // A copy: zlib's own is the beginning of a larger block.
      const made = { body: Buffer.from(bytes), etag: `${page.etag.slice(0, -1)}-gzip"` };
      memory.set(page.etag, made);
      return made;
    })
    .finally(() => underWay.delete(page.etag));
  underWay.set(page.etag, packed);
  return packed;
}
