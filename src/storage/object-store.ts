import type { Readable } from 'node:stream';

/** What is known of a stored object without reading it. `etag` is strong and unquoted; `size` in bytes. */
export type ObjectInfo = { key: string; size: number; etag: string; modified: Date };

/** An open object; `body` must be read to its end or destroyed. With `range`, `body` holds just that part. */
export type OpenObject = ObjectInfo & { body: Readable };

/** What `put` takes: whole bytes, a file on disk, or a stream. */
export type Content = Buffer | string | { path: string } | Readable;

/** `atMost`: the caller will take about so many and no more; the store need not ask its server for others. */
export type ListOptions = { after?: string; folders?: boolean; shallow?: boolean; atMost?: number };

/**
 * Durable objects by key: the database of Wheelmill (docs/architecture.md, "The bucket").
 *
 * Keys are relative, `/`-separated, of ASCII letters, digits, spaces and `!%()+,-.=@_~`, without empty, `.` or `..`
 * parts, 1024 bytes at most and 255 a part, and none is the folder of another; others are refused (`bad-request`)
 * before anything is touched. Two processes may write at once: a reader always sees one whole
 * version of an object (never a mix, never a part), the last `put` to end wins.
 *
 * All methods throw WheelmillError `store-unavailable`, `store-denied` or `store-full`, and nothing of the driver's own;
 * `put` passes on what the content's stream or file throws, and a signal gives its own AbortError.
 */
export interface ObjectStore {
  /** `file` or `s3`, for logs and the doctor. */
  readonly kind: string;
  /** The object's bytes as a stream, or undefined when there is none. `range` is inclusive, in bytes. */
  open(
    key: string,
    options?: { range?: { start: number; end: number }; signal?: AbortSignal },
  ): Promise<OpenObject | undefined>;
  /** The object's bytes whole (for records and pages; up to a few MB), or undefined when there is none. */
  read(key: string): Promise<Buffer | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Writes the object whole: it appears at the end or not at all, also when the content's stream fails. */
  put(key: string, content: Content, options?: { signal?: AbortSignal }): Promise<void>;
  /** Removes an object; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /**
   * Keys that start with `prefix`, ascending by code unit. With `folders`, keys are cut after the first `/` beyond the
   * prefix and each such folder (`…/`) comes once. `after`: only keys (or folders) greater than it, so that the last one
   * seen leads to the next. `shallow` leaves such folders out: only keys with no further `/`. A key written or removed while listing may or may not appear; all others appear exactly once.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<string>;
  /**
   * The same keys, each with its size in bytes, in no certain order. With files it looks at each of them: for what goes on in the
   * background.
   */
  sizes(prefix: string): AsyncIterable<{ key: string; size: number }>;
  /** Resolves when a write, a read and a removal went through; throws what stands in the way. */
  check(): Promise<void>;
  close(): Promise<void>;
}
