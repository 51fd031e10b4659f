/** Whether `If-None-Match` has this ETag (RFC 9110, section 13.1.2): a list of them or `*`, compared weakly. */
export function noneMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  const tags = header.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return !tags.includes('*') && !tags.includes(etag);
}

/** Bytes `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/**
 * The part a `Range` header asks for (RFC 9110, section 14.2). Undefined means the whole: no header, several ranges, or what
 * breaks the grammar, which servers may all ignore.
 *
 * @param ifRange the range counts only while this is the file's ETag; dates never are.
 */
export function byteRange(
  range: string | undefined,
  ifRange: string | undefined,
  file: { size: number; etag: string },
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes\s*=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(range ?? '');
  if (!match || (ifRange !== undefined && ifRange.trim() !== file.etag)) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), file.size);
    return length === 0 ? 'unsatisfiable' : { start: file.size - length, end: file.size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= file.size) return 'unsatisfiable';
  return { start, end: last === '' ? file.size - 1 : Math.min(Number(last), file.size - 1) };
}
