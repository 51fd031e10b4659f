import { WheelmillError } from '../errors.ts';

/** Cursors are opaque to clients, so that what they hold can change. */
export function writeCursor(after: string): string {
  return Buffer.from(after).toString('base64url');
}

export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const after = Buffer.from(cursor, 'base64url').toString('utf8');
  if (/^\d{13}\/[A-Za-z0-9._-]+$/.test(after)) return after;
  throw new WheelmillError('bad-request', 'The cursor is none that this server gave. Start again without one.');
}
