import { createHash } from 'node:crypto';
import type { Brand } from './brand.ts';
import { CoreError, quoted } from './faults.ts';

/** A SHA-256 digest as 64 lower-case hexadecimal digits. */
export type Sha256 = Brand<string, 'Sha256'>;

const SHA256 = /^[0-9a-f]{64}$/;

/** Whether `text` is a digest in our spelling; upper case is not. */
export function isSha256(text: string): text is Sha256 {
  return SHA256.test(text);
}

/**
 * A digest from outside, in either case.
 * @throws CoreError `invalid-hash`
 */
export function parseSha256(text: string): Sha256 {
  const lower = text.toLowerCase();
  if (isSha256(lower)) return lower;
  throw new CoreError('invalid-hash', `${quoted(text)} is not a SHA-256 digest: it needs 64 hexadecimal digits.`);
}

/** The digest of bytes, or of a text's UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): Sha256 {
  return createHash('sha256').update(data).digest('hex') as Sha256;
}
