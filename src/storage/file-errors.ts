import { WheelmillError } from '../errors.ts';

/** The `code` of a system error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);
/** A key that is another key's folder: two parts of Wheelmill disagree on names. */
const CLASH = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY']);

/** Whether a system error says that a disk or a quota is full. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has(systemCode(error) ?? '');
}

/** A system error of the file store as an error of ours; errors of ours stay as they are. */
export function translateFileError(error: unknown, folder: string): WheelmillError {
  if (error instanceof WheelmillError) return error;
  const code = systemCode(error) ?? '';
  const options = { cause: error };
  if (isDiskFull(error)) {
    return new WheelmillError('store-full', `The disk of ${folder} is full (${code}). Free some space.`, options);
  }
  if (DENIED.has(code)) {
    const message = `${folder} cannot be read and written (${code}). Give the server's user access to it.`;
    return new WheelmillError('store-denied', message, options);
  }
  if (CLASH.has(code)) {
    return new WheelmillError('internal', `A key of the store is also the folder of another (${code}).`, options);
  }
  return new WheelmillError('store-unavailable', `The disk of ${folder} does not answer (${code || error}).`, options);
}
