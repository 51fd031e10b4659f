import type { NormalizedName } from '../core/names.ts';
import { sha256Hex } from '../core/sha256.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';

/** A page ready to be sent; `etag` is strong and quoted, and of the page as it is: packed it has another one. */
export type RenderedPage = {
  body: Buffer;
  etag: string;
  /** What upstream's part of the page is like: of an earlier time, or missing. */
  note?: 'stale' | 'unavailable';
};

/** What stands under `simple/`: pages with links relative to themselves, two folders below the files. */
export interface IndexView {
  root(format: PageFormat): RenderedPage | Promise<RenderedPage>;
  /** Undefined where the view has nothing of the project. */
  project(name: NormalizedName, format: PageFormat): RenderedPage | undefined | Promise<RenderedPage | undefined>;
}

/** Digits of the hash that tell two versions of a page apart. */
const ETAG_CHARS = 32;

/** Bytes, not text: fastify would put a charset behind the type of JSON, which has none. */
export function renderedPage(text: string | Buffer): RenderedPage {
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  return { body, etag: `"${sha256Hex(body).slice(0, ETAG_CHARS)}"` };
}

/** What a page takes beside its body: its key, ETag and links. */
const PAGE_OVERHEAD = 500;

/** Bytes that a page takes in memory, about. */
export function pageBytes({ body }: RenderedPage): number {
  return body.length + PAGE_OVERHEAD;
}
