import type { Client } from 'minio';
import pLimit from 'p-limit';
import { byCodeUnit, folderOf, isKey } from './keys.ts';
import type { ListOptions } from './object-store.ts';

/** The most that S3 gives at once. */
const PAGE = 1000;
/** Questions to the server at a time when folders have to be looked into. */
const PROBES = 8;

/** Asks for one page; the store's way of calling the client, with retries and translated errors. */
export type Ask = <T>(work: (client: Client) => Promise<T>) => Promise<{ result: T; server: string }>;

/**
 * SeaweedFS lists the tree: all of `a/…` before `a-b`, though as keys `a-b` comes first. Keys with one *stem* (the name
 * below the prefix's folder up to the first character that sorts like a slash or before it) stand together in both
 * orders, and the stems are ascending in both. So listings are gathered and sorted stem by stem.
 */
function stemOf(key: string, folder: string): string {
  const rest = key.slice(folder.length);
  const end = rest.search(/[ -/]/);
  return end === -1 ? rest : rest.slice(0, end);
}

/**
 * A `start-after` that leaves out as much as possible but no key of `after`'s stem, in either order. It must not be the
 * stem itself: SeaweedFS takes that for "after this folder and all in it".
 */
function startBefore(after: string, folder: string): string {
  if (!after.startsWith(folder)) return '';
  const stem = stemOf(after, folder);
  if (stem === '') return '';
  const last = stem.charCodeAt(stem.length - 1) - 1;
  // Before `0` comes the slash, which would point into another folder.
  return `${folder}${stem.slice(0, -1)}${last === 0x2f ? '.' : String.fromCharCode(last)}~`;
}

type Page = { keys: string[]; next: string | undefined };

async function* pages(
  ask: Ask,
  bucket: string,
  prefix: string,
  start: string,
  delimiter: string,
  { shallow = false, atMost = PAGE }: ListOptions,
): AsyncGenerator<Page> {
  let token = '';
  do {
    const { result, server } = await ask((client) =>
      client.listObjectsV2Query(bucket, prefix, token, delimiter, Math.min(atMost, PAGE), start),
    );
    const names = result.objects.map((object) => object.name ?? object.prefix ?? '');
    // A name that ends in a slash is a folder when folders were asked for, else an object that some tool made of one.
    const isItem = (name: string) => isKey(name) || (delimiter !== '' && name !== prefix && isKey(name.slice(0, -1)));
    const keys = names.filter(isItem);
    token = result.isTruncated ? result.nextContinuationToken : '';
    yield {
      keys: server.startsWith('SeaweedFS') && !shallow ? await withoutEmpty(ask, bucket, keys) : keys,
      next: token,
    };
  } while (token !== '');
}

/** SeaweedFS names a folder for some minutes after its last object is gone (its issue 9810). */
async function withoutEmpty(ask: Ask, bucket: string, keys: string[]): Promise<string[]> {
  const limit = pLimit(PROBES);
  const kept = await Promise.all(
    keys.map((key) =>
      limit(async () => {
        if (!key.endsWith('/')) return true;
        const { result } = await ask((client) => client.listObjectsV2Query(bucket, key, '', '', 1, ''));
        return result.objects.length > 0;
      }),
    ),
  );
  return keys.filter((_, at) => kept[at]);
}

/** `ObjectStore.list` on a bucket, in the order of keys whatever order the server has. */
export async function* listBucket(
  ask: Ask,
  bucket: string,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<string> {
  const { after = '', folders = false, shallow = false } = options;
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (after > prefix && !after.startsWith(prefix)) return;
  let stem: string | undefined;
  let group = new Set<string>();
  for await (const page of pages(
    ask,
    bucket,
    prefix,
    startBefore(after, folder),
    folders || shallow ? '/' : '',
    options,
  )) {
    for (const key of page.keys.sort((a, b) => byCodeUnit(stemOf(a, folder), stemOf(b, folder)))) {
      if (stemOf(key, folder) !== stem) {
        yield* [...group].sort(byCodeUnit);
        group = new Set();
        stem = stemOf(key, folder);
      }
      const item = folders || shallow ? folderOf(prefix, key) : key;
      if (item > after && !(shallow && item.endsWith('/'))) group.add(item);
    }
  }
  yield* [...group].sort(byCodeUnit);
}

/** `ObjectStore.sizes` on a bucket: in the order of the server, which lists sizes with the names. */
export async function* sizesInBucket(
  ask: Ask,
  bucket: string,
  prefix: string,
): AsyncGenerator<{ key: string; size: number }> {
  let token = '';
  do {
    const { result } = await ask((client) => client.listObjectsV2Query(bucket, prefix, token, '', PAGE, ''));
    for (const { name = '', size = 0 } of result.objects) if (isKey(name)) yield { key: name, size };
    token = result.isTruncated ? result.nextContinuationToken : '';
  } while (token !== '');
}
