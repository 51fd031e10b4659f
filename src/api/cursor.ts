import { WheelmillError } from '../errors.ts';

/** Cursors are opaque to clients, so that what they hold can change. */
export function writeCursor(after: string): string {
  return Buffer.from(after).toString('base64url');
}

/** Of a list in the order of time. */
export function readCursor(cursor: string | undefined): string | undefined {
  return read(cursor, /^\d{13}\/[A-Za-z0-9._-]+$/);
}

/** Of a list of projects. */
export function readNameCursor(cursor: string | undefined): string | undefined {
  return read(cursor, /^[a-z0-9-]+$/);
}

function read(cursor: string | undefined, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const after = Buffer.from(cursor, 'base64url').toString('utf8');
  if (form.test(after)) return after;
  throw new WheelmillError('bad-request', 'The cursor is none that this server gave. Start again without one.');
}
