import type { Brand } from './brand.ts';
import { canonicalJson } from './canonical-json.ts';
import { CoreError, quoted } from './faults.ts';
import { isSha256, type Sha256, sha256Hex } from './sha256.ts';

/** A build's id: 64 lower-case hexadecimal digits. Equal work has an equal key. */
export type BuildKey = Brand<string, 'BuildKey'>;

/** All that decides the bytes a build makes. */
export interface BuildInputs {
  sdist: Sha256;
  /** The image identity: hash of layer diff ids, architecture and environment. */
  image: string;
  /** Version of the build procedure with its toolbox lock. */
  procedure: string;
  /** Only the recipe's fields that change bytes: no limits, no import names. */
  recipe: unknown;
}

/** The key of a build: the SHA-256 of its inputs as canonical JSON. Throws CoreError `invalid-json`. */
export function buildKey({ sdist, image, procedure, recipe }: BuildInputs): BuildKey {
  return sha256Hex(canonicalJson({ sdist, image, procedure, recipe })) as string as BuildKey;
}

/** A key from outside; throws CoreError `invalid-key`. */
export function parseBuildKey(text: string): BuildKey {
  if (isSha256(text)) return text as string as BuildKey;
  throw new CoreError('invalid-key', `${quoted(text)} is not a build key: it needs 64 lower-case hexadecimal digits.`);
}
