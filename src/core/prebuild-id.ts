import type { Brand } from './brand.ts';
import { canonicalJson } from './canonical-json.ts';
import { CoreError, quoted } from './faults.ts';
import { sha256Hex } from './sha256.ts';

/** A prebuild's id: 32 lower-case hexadecimal digits. The same list for the same target has the same id. */
export type PrebuildId = Brand<string, 'PrebuildId'>;

/** All that makes two postings the same prebuild. */
export interface PrebuildInputs {
  /** The list in the form of `normalizedListText`. */
  list: string;
  /** Constraints in the same form; empty where there are none. */
  constraints?: string;
  options: unknown;
  /** The target's name. */
  target: string;
}

/** 128 bits: short enough for a URL in a Dockerfile, no two lists will ever share them. */
const ID_DIGITS = 32;

/** The id: the first 32 digits of the SHA-256 of the inputs as canonical JSON. Throws CoreError `invalid-json`. */
export function prebuildId({ list, constraints, options, target }: PrebuildInputs): PrebuildId {
  return sha256Hex(canonicalJson({ list, ...(constraints && { constraints }), options, target })).slice(
    0,
    ID_DIGITS,
  ) as PrebuildId;
}

export function isPrebuildId(text: string): text is PrebuildId {
  return /^[0-9a-f]{32}$/.test(text);
}

/** An id from outside; throws CoreError `invalid-key`. */
export function parsePrebuildId(text: string): PrebuildId {
  if (isPrebuildId(text)) return text;
  throw new CoreError(
    'invalid-key',
    `${quoted(text)} is not a prebuild id: it needs 32 lower-case hexadecimal digits.`,
  );
}
