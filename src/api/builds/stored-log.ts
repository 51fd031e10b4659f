import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** The whole log of a build's latest run, as text; undefined where none is stored. */
export async function openStoredLog(store: ObjectStore, key: string): Promise<Readable | undefined> {
  const log = await store.open(paths.buildLog(key));
  if (!log) return undefined;
  const text = createGunzip();
  log.body.on('error', (error) => text.destroy(error)).pipe(text);
  return text;
}

/** Of a stored log, characters in which the end of what a reader has is looked for: what a build says in seconds. */
const LOOKED_AT = 1024 * 1024;

/** What a stored log has after `seen`, the last that somebody has read of it; nothing where it cannot be told. */
export async function restOfStoredLog(store: ObjectStore, key: string, seen: string): Promise<string> {
  const log = await openStoredLog(store, key);
  let end = '';
  for await (const text of (log ?? Readable.from([])).setEncoding('utf8')) end = (end + text).slice(-LOOKED_AT);
  if (seen === '') return end;
  const at = end.lastIndexOf(seen);
  return at === -1 ? '' : end.slice(at + seen.length);
}
