import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';

/** One row of RECORD; `hash` is `algorithm=digest`, both are empty for RECORD itself and its signatures. */
export type RecordRow = { path: string; hash: string; size: string };

/** What a row can say of a file's bytes: algorithms no weaker than sha256, as the format asks. */
export type RecordDigest = { algorithm: 'sha256' | 'sha384' | 'sha512'; digest: string; size: number };

const HASH = /^(sha256|sha384|sha512)=([A-Za-z0-9_-]+)$/;
const SIZE = /^[0-9]{1,15}$/;
const STOP = /[",\r\n]/g;
const SEPARATOR = /,|\r\n|\n|\r|$/y;

/**
 * The rows of a RECORD file, by the binary distribution format and PEP 376: CSV of path, hash and size.
 * @throws BuildFailure `bad-wheel`
 */
export function parseRecord(text: string): RecordRow[] {
  const rows: RecordRow[] = [];
  let at = 0;
  let fields: string[] = [];
  while (at < text.length) {
    const field = fieldAt(text, at);
    at = field.next;
    fields.push(field.value);
    if (field.separator === ',' && at < text.length) continue;
    if (field.separator === ',') fields.push('');
    const [path = '', hash = '', size = '', ...rest] = fields;
    const blank = fields.length === 1 && path === '';
    if (!blank && (fields.length !== 3 || rest.length > 0))
      throw badWheel(`its RECORD has a row without three fields: ${quoted(path)}`);
    if (!blank) rows.push({ path, hash, size });
    fields = [];
  }
  return rows;
}

/** A field with no quotes, or one in quotes where `""` is a quote: what Python's csv module writes and reads. */
function fieldAt(text: string, at: number): { value: string; separator: string; next: number } {
  const isQuoted = text[at] === '"';
  const end = isQuoted ? closingQuote(text, at + 1) + 1 : stop(text, at);
  SEPARATOR.lastIndex = end;
  const separator = SEPARATOR.exec(text)?.[0];
  if (separator === undefined) throw badWheel('its RECORD is not valid CSV');
  const value = isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
  return { value, separator, next: end + separator.length };
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  if (at < 0) throw badWheel('its RECORD is not valid CSV');
  return at;
}

function stop(text: string, from: number): number {
  STOP.lastIndex = from;
  return STOP.exec(text)?.index ?? text.length;
}

/** The rows as CSV with one line each, quoted only where needed. */
export function formatRecord(rows: readonly RecordRow[]): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${field(row.path)},${field(row.hash)},${field(row.size)}\n`).join('');
}

/** What a row says of its file; throws `bad-wheel` for a missing or weak hash and for a missing size. */
export function recordDigest(row: RecordRow): RecordDigest {
  const match = HASH.exec(row.hash);
  if (match === null) throw badWheel(`its RECORD has no hash of sha256 or stronger for ${quoted(row.path)}`);
  if (!SIZE.test(row.size)) throw badWheel(`its RECORD has no size for ${quoted(row.path)}`);
  return { algorithm: match[1] as RecordDigest['algorithm'], digest: match[2] ?? '', size: Number(row.size) };
}
