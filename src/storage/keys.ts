import { WheelmillError } from '../errors.ts';

/** What S3 allows for a key. */
const MAX_KEY_BYTES = 1024;
/** What file systems allow for one name. */
const MAX_PART_BYTES = 255;

/**
 * What file names of the field need and every store was seen to keep. Quotes, `&`, `<` and `>` are left out because
 * S3 servers disagree on how to escape them in listings.
 */
const CHARACTERS = /^[A-Za-z0-9 !%()+,\-.=@_~/]*$/;

/** The file store's folder for unfinished files; no key may lie in it, so that keys move between stores. */
export const TEMP_FOLDER = '.tmp';

function badKey(key: string, why: string): WheelmillError {
  return new WheelmillError('bad-request', `${JSON.stringify(key.slice(0, 200))} is not a key of the store: ${why}.`);
}

function checkParts(key: string, parts: readonly string[]): void {
  if (!CHARACTERS.test(key)) throw badKey(key, 'it has a character that keys never have');
  if (key.length > MAX_KEY_BYTES) throw badKey(key, `it is longer than ${MAX_KEY_BYTES} bytes`);
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') throw badKey(key, 'it has an empty, "." or ".." part');
    if (part.length > MAX_PART_BYTES) throw badKey(key, `it has a part longer than ${MAX_PART_BYTES} bytes`);
  }
  if (parts[0] === TEMP_FOLDER) throw badKey(key, `"${TEMP_FOLDER}/" is the store's own`);
}

/** Refuses what is no key by the rules of `ObjectStore`; throws WheelmillError `bad-request`. */
export function checkKey(key: string): void {
  checkParts(key, key.split('/'));
}

/** Refuses what no key can start with; the last part may be cut anywhere. Throws WheelmillError `bad-request`. */
export function checkPrefix(prefix: string): void {
  checkParts(prefix, prefix.split('/').slice(0, -1));
}

/** Whether `key` could be a key: what else lies in a folder or a bucket is not ours and is never listed. */
export function isKey(key: string): boolean {
  try {
    checkKey(key);
    return true;
  } catch {
    return false;
  }
}

/** The order of listings: by code unit, as `Array.sort` has it. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The key or, cut after the first `/` beyond the prefix, its folder. */
export function folderOf(prefix: string, key: string): string {
  const slash = key.indexOf('/', prefix.length);
  return slash === -1 ? key : key.slice(0, slash + 1);
}
