import { quoted } from './faults.ts';
import { type Finding, fault } from './list-finding.ts';

/** What pip accepts in a list, with the number of hexadecimal digits of each. */
const DIGITS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const WEAK = new Set(['md5', 'sha1', 'sha224']);

const WANTED = 'write it as --hash=sha256: and 64 hexadecimal digits, which "pip hash FILE" prints';

/** The value of a `--hash` option, digits in lower case, or what is wrong with it. */
export function parseListHash(value: string | undefined): string | Finding {
  const match = /^([A-Za-z0-9_]+):(.*)$/s.exec(value ?? '');
  const algorithm = match?.[1] ?? '';
  const digits = match?.[2]?.toLowerCase() ?? '';
  if (WEAK.has(algorithm)) return fault('weak-hash', `Hashes of type ${algorithm} are refused, as by pip: ${WANTED}.`);
  const length = Object.hasOwn(DIGITS, algorithm) ? DIGITS[algorithm] : undefined;
  if (length === undefined) {
    return fault('invalid-hash', `${quoted(value ?? '')} is not a hash: ${WANTED}.`);
  }
  if (digits.length === length && /^[0-9a-f]+$/.test(digits)) return `${algorithm}:${digits}`;
  return fault('invalid-hash', `A ${algorithm} hash has ${length} hexadecimal digits, this one is ${quoted(digits)}.`);
}
