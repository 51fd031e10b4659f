import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';

/** What file systems allow for one name. */
const MAX_PART_BYTES = 255;
const MAX_NAME_BYTES = 4096;
/** Folders in folders; no package has a tenth of it. */
const MAX_PARTS = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const ASCII = /^[\u0000-\u007f]*$/;

/**
 * The name of a zip entry, checked so that it means one place below the folder it is unpacked into, on any system and
 * to any tool. Folders end in `/`.
 * @throws BuildFailure `bad-wheel`
 */
export function entryName(bytes: Buffer, isUtf8: boolean): string {
  const name = decode(bytes, isUtf8);
  const refuse = (why: string) => badWheel(`its entry ${quoted(name)} ${why}`);
  if (bytes.length > MAX_NAME_BYTES) throw refuse('has a name that is too long');
  if (CONTROL.test(name)) throw refuse('has control characters in its name');
  if (name.includes('\\')) throw refuse('has a backslash in its name');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) throw refuse('has an absolute name');
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.length > MAX_PARTS) throw refuse('is too deep in folders');
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') throw refuse('has an empty, "." or ".." part in its name');
    if (Buffer.byteLength(part) > MAX_PART_BYTES) throw refuse('has a part that is too long in its name');
  }
  return name;
}

/** Without the UTF-8 flag other characters mean something else to every tool, so they are refused. */
function decode(bytes: Buffer, isUtf8: boolean): string {
  const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (name.includes('\ufffd') || !Buffer.from(name).equals(bytes))
    throw badWheel('an entry has a name that is not UTF-8');
  if (!isUtf8 && !ASCII.test(name)) throw badWheel(`its entry ${quoted(name)} has a name in an unknown encoding`);
  return name;
}

/** Refuses names that fall together on file systems that ignore case or Unicode form, and files that are folders too. */
export function refuseClashes(names: readonly string[]): void {
  const folded = (name: string) => name.normalize('NFC').toLowerCase().normalize('NFC');
  const seen = new Map<string, string>();
  const files = new Set<string>();
  for (const name of names) {
    const key = folded(name.replace(/\/$/, ''));
    const other = seen.get(key);
    if (other !== undefined) throw badWheel(`its entries ${quoted(other)} and ${quoted(name)} are the same file`);
    seen.set(key, name);
    if (!name.endsWith('/')) files.add(key);
  }
  // With the least of all characters in place of `/`, what is in a folder comes right after the folder's own name.
  const sorted = [...seen.keys()].map((key) => key.replaceAll('/', '\u0000')).sort();
  for (const [at, key] of sorted.entries()) {
    const name = key.replaceAll('\u0000', '/');
    if (sorted[at + 1]?.startsWith(`${key}\u0000`) && files.has(name))
      throw badWheel(`its entry ${quoted(name)} is a file and a folder`);
  }
}
