import { compare, explain, valid } from '@renovatebot/pep440';
import type { Brand } from './brand.ts';
import { CoreError, quoted } from './faults.ts';

/** A PEP 440 version in normal form (`1.0-ALPHA_2` is `1.0a2`); trailing zeros are kept. */
export type Version = Brand<string, 'Version'>;

/** No published version comes near; it bounds what the patterns have to look at. */
const MAX_VERSION_CHARS = 128;

/** The library compares numbers as doubles: with more digits two different versions would be equal. */
const TOO_MANY_DIGITS = /[0-9]{16}/;

/** The normal form of `text`, or undefined. Blanks around it are ignored as PEP 440 asks. */
function normalized(text: string): Version | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_VERSION_CHARS || valid(trimmed) === null) return undefined;
  const [publicText = '', local] = trimmed.split('+');
  if (TOO_MANY_DIGITS.test(publicText)) return undefined;
  const publicPart = explain(publicText)?.public;
  return (local === undefined ? publicPart : `${publicPart}+${normalizedLocal(local)}`) as Version;
}

/** The library reads `1e5` and `0x10` as numbers and joins segments by commas; git hashes look like that. */
function normalizedLocal(local: string): string {
  return local
    .toLowerCase()
    .split(/[-_.]/)
    .map((segment) => (/^[0-9]+$/.test(segment) ? segment.replace(/^0+(?=[0-9])/, '') : segment))
    .join('.');
}

/** Whether `text` is a PEP 440 version, in whatever spelling. */
export function isVersion(text: string): boolean {
  return normalized(text) !== undefined;
}

/** A version from outside, normalised (PEP 440, Appendix B); throws CoreError `invalid-version`. */
export function parseVersion(text: string): Version {
  const version = normalized(text);
  if (version !== undefined) return version;
  throw new CoreError('invalid-version', `${quoted(text)} is not a version (PEP 440): write it like 1.2.3 or 2.0rc1.`);
}

/** The version without its local part: `1.0+cpu` gives `1.0`. */
export function baseWithoutLocal(version: Version): Version {
  return version.split('+', 1)[0] as Version;
}

/** The order of PEP 440: negative, zero or positive; `1.0` and `1.0.0` are equal. For `Array.sort`. */
export function compareVersions(a: Version, b: Version): number {
  return compare(baseWithoutLocal(a), baseWithoutLocal(b)) || compareLocals(a.split('+')[1], b.split('+')[1]);
}

/** No local part sorts first; numbers sort after words and by value; a longer one after its own beginning. */
function compareLocals(a: string | undefined, b: string | undefined): number {
  const left = a?.split('.') ?? [];
  const right = b?.split('.') ?? [];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = compareLocalSegments(left[at] ?? '', right[at] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareLocalSegments(a: string, b: string): number {
  const numeric = Number(/^[0-9]+$/.test(a)) - Number(/^[0-9]+$/.test(b));
  if (numeric !== 0) return numeric;
  // Normal form has no leading zeros, so a longer number is the greater one, of any size.
  if (/^[0-9]/.test(a) && /^[0-9]+$/.test(a) && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** What PEP 440 says of the parts of a version. */
export interface VersionParts {
  epoch: number;
  release: number[];
  prerelease: boolean;
  postrelease: boolean;
  /** Epoch and release alone, as a version. */
  base: Version;
}

/** The parts that specifiers and messages look at. A development release counts as a pre-release. */
export function versionParts(version: Version): VersionParts {
  const parts = explain(baseWithoutLocal(version));
  if (parts === null) throw new CoreError('invalid-version', `${quoted(version)} is not a version (PEP 440).`);
  return {
    epoch: parts.epoch,
    release: parts.release,
    prerelease: parts.is_prerelease,
    postrelease: parts.is_postrelease,
    base: parts.base_version as Version,
  };
}

/** Whether installers skip the version unless asked: alpha, beta, candidate or development release. */
export function isPrerelease(version: Version): boolean {
  return versionParts(version).prerelease;
}
