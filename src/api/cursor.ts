import { WheelmillError } from '../errors.ts';

/** Cursors are opaque to clients, so that what they hold can change. */
export function writeCursor(after: string): string {
  return Buffer.from(after).toString('base64url');
}

/** Of lists in the order of time (`recent/`). */
const BY_TIME = /^\d{13}\/[A-Za-z0-9._-]+$/;

/** @param grammar what a cursor of this list holds */
export function readCursor(cursor: string | undefined, grammar = BY_TIME): string | undefined {
  if (cursor === undefined) return undefined;
  const after = Buffer.from(cursor, 'base64url').toString('utf8');
  if (grammar.test(after)) return after;
  throw new WheelmillError('bad-request', 'The cursor is none that this server gave. Start again without one.');
}
