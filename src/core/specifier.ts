import { CoreError, quoted } from './faults.ts';
import { baseWithoutLocal, compareVersions, isVersion, parseVersion, type Version, versionParts } from './version.ts';

/*
 * Version specifiers: https://packaging.python.org/en/latest/specifications/version-specifiers/
 *
 * Versions are read and ordered by @renovatebot/pep440; the operators are here, because the library's own differ from
 * the spec and from pip: `==1.0.*` and `~=1.0.0` miss `1`; `==1.0+a` takes `1.0+b`; `<1.0rc1` refuses `1.0b1`; `>1.0.post1`
 * refuses `1.0.post2`; `>1!1.0` refuses `2!1.0`; `===1.0.*` is taken as a wildcard; pre-releases are decided per clause.
 */

type Operator = '===' | '~=' | '==' | '!=' | '<=' | '>=' | '<' | '>';

/** One comparison. `version` is normalised, except after `===`, which compares text. */
export interface Clause {
  readonly operator: Operator;
  readonly version: string;
  /** Written with `.*`, which `version` is without. */
  readonly wildcard: boolean;
}

/** Comparisons that must all hold; none at all allows every version. `text` is normalised and sorted. */
export interface Specifier {
  readonly text: string;
  readonly clauses: readonly Clause[];
}

/** Metadata comes from strangers; no real specifier has a tenth of it. */
const MAX_CLAUSES = 100;

const CLAUSE = /^(===|~=|==|!=|<=|>=|<|>)\s*([^\s;)]+)$/;

function invalid(text: string, why: string): CoreError {
  return new CoreError('invalid-specifier', `${quoted(text)} is not a version specifier (PEP 440): ${why}.`);
}

function hint(text: string): string {
  if (/^=[^=]/.test(text)) return 'use "==" to ask for one version';
  if (/^[\^*]/.test(text)) return '"^" and "*" are not known to Python; use a range like ">=1.2,<2"';
  return 'it needs one of ==, !=, <=, >=, <, >, ~= or === and a version, separated by commas';
}

function parseClause(text: string): Clause {
  const match = CLAUSE.exec(text);
  if (match === null) throw invalid(text, hint(text));
  const operator = match[1] as Operator;
  const written = match[2] ?? '';
  if (operator === '===') return { operator, version: written, wildcard: false };
  const wildcard = written.endsWith('.*');
  const versionText = wildcard ? written.slice(0, -2) : written;
  if (!isVersion(versionText)) throw invalid(text, `${quoted(written)} is not a version`);
  const version = parseVersion(versionText);
  const equality = operator === '==' || operator === '!=';
  if (version.includes('+') && !equality) throw invalid(text, 'a local version ("+...") only goes with "==" and "!="');
  if (wildcard && !equality) throw invalid(text, '".*" only goes with "==" and "!="');
  const { base, release } = versionParts(version);
  if (wildcard && version !== base) throw invalid(text, '".*" only follows plain numbers');
  if (operator === '~=' && release.length < 2) throw invalid(text, '"~=" needs two numbers at least, as in "~=1.2"');
  return { operator, version, wildcard };
}

function formatClause({ operator, version, wildcard }: Clause): string {
  return `${operator}${version}${wildcard ? '.*' : ''}`;
}

/** A specifier from text; empty text allows all versions. Throws CoreError `invalid-specifier`. */
export function parseSpecifier(text: string): Specifier {
  const written = text
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '');
  if (written.length > MAX_CLAUSES) throw invalid(text, `it has more than ${MAX_CLAUSES} parts`);
  const byText = new Map(written.map(parseClause).map((clause) => [formatClause(clause), clause]));
  const texts = [...byText.keys()].sort();
  return { text: texts.join(','), clauses: texts.map((key) => byText.get(key) as Clause) };
}

/** Whether the release numbers begin with those of `prefix`; missing ones count as 0 (`1` begins with `1.0`). */
function startsWith(version: Version, prefix: string, length?: number): boolean {
  const [whole, start] = [versionParts(version), versionParts(prefix as Version)];
  const numbers = start.release.slice(0, length);
  return whole.epoch === start.epoch && numbers.every((number, at) => number === (whole.release[at] ?? 0));
}

const withoutPost = (version: Version): Version => version.replace(/\.post[0-9]+(\.dev[0-9]+)?$/, '') as Version;

function isEqual(version: Version, { version: wanted, wildcard }: Clause): boolean {
  if (wildcard) return startsWith(version, wanted);
  return compareVersions(wanted.includes('+') ? version : baseWithoutLocal(version), wanted as Version) === 0;
}

/** `<V` takes no pre-release of V, unless V is one itself. */
function isBelow(version: Version, wanted: Version): boolean {
  const bound = versionParts(wanted).prerelease ? wanted : (`${wanted}.dev0` as Version);
  return compareVersions(version, bound) < 0;
}

/** `>V` takes no post-release of V, unless V is one itself, and no local version of V. */
function isAbove(version: Version, wanted: Version): boolean {
  const plain = baseWithoutLocal(version);
  return compareVersions(plain, wanted) > 0 && compareVersions(withoutPost(plain), wanted) !== 0;
}

function holds(version: Version, clause: Clause): boolean {
  const wanted = clause.version as Version;
  switch (clause.operator) {
    case '===':
      return version.toLowerCase() === wanted.toLowerCase();
    case '==':
      return isEqual(version, clause);
    case '!=':
      return !isEqual(version, clause);
    case '<':
      return isBelow(version, wanted);
    case '>':
      return isAbove(version, wanted);
    case '<=':
      return compareVersions(baseWithoutLocal(version), wanted) <= 0;
    case '>=':
      return compareVersions(baseWithoutLocal(version), wanted) >= 0;
    case '~=':
      return (
        compareVersions(baseWithoutLocal(version), wanted) >= 0 &&
        startsWith(version, wanted, versionParts(wanted).release.length - 1)
      );
  }
}

/** Whether a clause asks for a pre-release by name, which lets all of them in. */
function namesPrerelease({ operator, version }: Clause): boolean {
  return operator !== '!=' && isVersion(version) && versionParts(parseVersion(version)).prerelease;
}

/**
 * Whether the version fits. Pre-releases fit only if a clause names one, as for picking among candidates; with
 * `prereleases` true they always may (right for Requires-Python and for a version chosen already), with false never.
 */
export function satisfies(version: Version, specifier: Specifier, options: { prereleases?: boolean } = {}): boolean {
  const allowed = options.prereleases ?? specifier.clauses.some(namesPrerelease);
  if (!allowed && versionParts(version).prerelease) return false;
  return specifier.clauses.every((clause) => holds(version, clause));
}

/**
 * The one version a specifier leaves: that of its `==` (no wildcard) or `===`, if it fits all the other clauses too.
 * Undefined for ranges and for pins that contradict one another.
 */
export function exactPin(specifier: Specifier): Version | undefined {
  return specifier.clauses
    .filter(({ operator, wildcard, version }) => !wildcard && operator.startsWith('==') && isVersion(version))
    .map(({ version }) => parseVersion(version))
    .find((version) => satisfies(version, specifier, { prereleases: true }));
}
