import { BLANKS } from './blanks.ts';
import { CoreError, quoted } from './faults.ts';
import { formatMarker, parseMarker } from './marker.ts';
import { isProjectName, type NormalizedName, normalizeName } from './names.ts';
import type { Requirement } from './records/requirement.ts';
import { parseSpecifier } from './specifier.ts';

/** A requirement by itself, as metadata has it: not from a line of a list. */
export type BareRequirement = Omit<Requirement, 'line' | 'hashes'>;

/** More extras than this on one requirement is an attack. */
const MAX_EXTRAS = 100;

const NAME = /^[ \t]*([^\s[\](),;@<>=!~]+)[ \t]*/;
const EXTRAS = /^\[([^\][]*)\][ \t]*/;

function invalid(text: string, why: string): CoreError {
  return new CoreError('invalid-requirement', `${quoted(text)} is not a requirement: ${why}.`);
}

/** Between the parts stand spaces and tabs only; other blanks are letters that no part may have. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (text[start] === ' ' || text[start] === '\t') start += 1;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(start, end);
}

function parseExtras(text: string, whole: string): NormalizedName[] {
  if (trimmed(text) === '') return [];
  const extras = text.split(',').map(trimmed);
  if (extras.length > MAX_EXTRAS) throw invalid(whole, `it has more than ${MAX_EXTRAS} extras`);
  const wrong = extras.find((extra) => !isProjectName(extra));
  if (wrong !== undefined) throw invalid(whole, `${quoted(wrong)} is not the name of an extra`);
  return [...new Set(extras.map(normalizeName))].sort();
}

/** The specifier's text without the parentheses older metadata has around it. */
function withoutParentheses(text: string, whole: string): string {
  if (!text.startsWith('(')) return text;
  if (!text.endsWith(')')) throw invalid(whole, 'a ")" is missing');
  return text.slice(1, -1);
}

function parseSpecifierText(text: string, whole: string): string {
  if (text === '') return '';
  if (!/^[=!~<>(^*]/.test(text))
    throw invalid(whole, `a comparison like "==1.2" or a ";" is missing before ${quoted(text)}`);
  // A byte order mark within a text is no blank to Python, but one to JavaScript.
  if (text.includes('\ufeff')) {
    throw new CoreError('invalid-specifier', `There is a byte order mark (U+FEFF) in ${quoted(whole)}: remove it.`);
  }
  return parseSpecifier(clausesOf(withoutParentheses(text, whole), whole)).text;
}

const OPERATOR = new RegExp(`(===|~=|==|!=|<=|>=|<|>)[${BLANKS}]*`, 'y');
const ARBITRARY = new RegExp(`[^${BLANKS}]*`, 'y');
const VERSION = new RegExp(`[^${BLANKS},]*`, 'y');
const BETWEEN = /[ \t]*/y;

/** What a sticky pattern matches at a place. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * The clauses of a specifier with nothing but commas between them. Blanks are spaces and tabs, behind an operator any. What
 * follows `===` goes on to the next blank, commas and all.
 */
function clausesOf(text: string, whole: string): string {
  const clauses: string[] = [];
  for (let at = matchAt(BETWEEN, text, 0)?.[0].length ?? 0; at < text.length; ) {
    const operator = matchAt(OPERATOR, text, at);
    if (operator === null && text[at] === ',')
      throw invalid(whole, 'there is nothing between two commas of its specifier');
    if (operator === null) {
      // No clause: the specifier's own parser has the words for it, unless it takes a blank for nothing.
      parseSpecifier(text.slice(at));
      throw invalid(whole, 'it has a blank that is neither a space nor a tab');
    }
    const end = at + operator[0].length;
    const version = matchAt(operator[1] === '===' ? ARBITRARY : VERSION, text, end)?.[0] ?? '';
    clauses.push(`${operator[1]}${version}`);
    at = end + version.length;
    at += matchAt(BETWEEN, text, at)?.[0].length ?? 0;
    if (at < text.length && text[at] !== ',') {
      throw new CoreError(
        'invalid-specifier',
        `A comma is missing before ${quoted(text.slice(at))} in ${quoted(whole)}.`,
      );
    }
    at += 1;
    at += matchAt(BETWEEN, text, at)?.[0].length ?? 0;
  }
  return clauses.join(',');
}

/**
 * A dependency specifier (PEP 508): `name[extra,...] specifier ; marker`, normalised throughout.
 * @throws CoreError `invalid-requirement`, `invalid-name`, `invalid-specifier`, `invalid-marker`,
 *   `unknown-marker-variable`; `direct-url` for `name @ url`, which is never followed
 */
export function parseRequirement(text: string): BareRequirement {
  const nameMatch = NAME.exec(text);
  if (nameMatch === null) throw invalid(text, 'it does not start with a project name');
  const name = normalizeName(nameMatch[1] ?? '');
  let rest = text.slice(nameMatch[0].length);
  const extrasMatch = EXTRAS.exec(rest);
  if (extrasMatch === null && rest.startsWith('[')) throw invalid(text, 'a "]" is missing');
  const extras = parseExtras(extrasMatch?.[1] ?? '', text);
  rest = rest.slice(extrasMatch?.[0].length ?? 0);
  if (rest.startsWith('@')) {
    throw new CoreError('direct-url', `${quoted(text)} points at a URL; name a version from the index instead.`);
  }
  const separator = rest.indexOf(';');
  const specifier = parseSpecifierText(trimmed(separator < 0 ? rest : rest.slice(0, separator)), text);
  if (separator < 0) return { name, extras, specifier };
  return { name, extras, specifier, marker: formatMarker(parseMarker(trimmed(rest.slice(separator + 1)))) };
}

/** A word of a line's options, in quotes where it needs them (as `shlex` reads it). */
function optionWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** The options of a requirement's own, keys of settings sorted. */
function formatSettings(settings: Requirement['configSettings']): string[] {
  return Object.entries(settings ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([key, value]) => [value].flat().map((each) => `--config-settings=${optionWord(`${key}=${each}`)}`));
}

/** A requirement as one line of a list, with its hashes and settings, in one spelling. */
export function formatRequirement(requirement: Omit<Requirement, 'line'>): string {
  const { name, extras, specifier, marker, hashes, configSettings } = requirement;
  const wanted = `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${specifier}`;
  const condition = marker === undefined ? [] : [`; ${marker}`];
  const options = [...hashes.map((hash) => `--hash=${hash}`), ...formatSettings(configSettings)];
  return [wanted, ...condition, ...options].join(' ');
}

/** The same requirement on several lines, or in several tables of a lock file, is one: the first stands for all. */
export function withoutRepetitions(requirements: readonly Requirement[]): Requirement[] {
  const byText = new Map<string, Requirement>();
  for (const requirement of requirements) {
    const text = formatRequirement(requirement);
    if (!byText.has(text)) byText.set(text, requirement);
  }
  return [...byText.values()];
}
