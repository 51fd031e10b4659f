import { CoreError, quoted } from './faults.ts';
import {
  ALIASES,
  LISTS,
  type MarkerList,
  type MarkerVariable,
  VARIABLES,
  VERSION_VARIABLES,
} from './marker-variables.ts';
import { parseSpecifier } from './specifier.ts';

/*
 * Environment markers: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
 *
 *   marker     = and ('or' and)*
 *   and        = atom ('and' atom)*
 *   atom       = '(' marker ')' | comparison
 *   comparison = VARIABLE op STRING | STRING op VARIABLE | STRING ('in' | 'not' 'in') LIST
 *   op         = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===' | 'in' | 'not' 'in'
 *   LIST       = 'extras' | 'dependency_groups'        in lock files (PEP 751), which in turn have no `extra`
 *
 * Refused though the grammar has them, because they have no meaning: two variables, two strings, a backslash in a
 * string, `~=` and `===` between strings, a list anywhere but behind `in`.
 */

export type MarkerOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===' | 'in' | 'not in';

export interface MarkerComparison {
  readonly kind: 'comparison';
  readonly variable: MarkerVariable;
  readonly operator: MarkerOperator;
  readonly value: string;
  /** The string stood on the left: `"linux" in sys_platform`. */
  readonly reversed: boolean;
}

/** `"name" in extras`: what an installer was asked for beside the project itself. */
export interface MarkerMembership {
  readonly kind: 'membership';
  readonly list: MarkerList;
  readonly operator: 'in' | 'not in';
  readonly value: string;
}

export interface MarkerGroup {
  readonly kind: 'and' | 'or';
  readonly terms: readonly Marker[];
}

export type Marker = MarkerComparison | MarkerMembership | MarkerGroup;

/** Where a marker stands decides on its variables. */
export interface MarkerPlace {
  /** In a lock file (PEP 751), which has `extras` and `dependency_groups` but no `extra`. */
  readonly ofLockFile?: boolean;
}

/** Deeper nesting is an attack on the stack, not a marker. */
const MAX_DEPTH = 50;

/** A list's joined line may reach a MiB; real markers have some hundred characters. */
const MAX_MARKER_CHARS = 8192;

/** What may stand behind `===`, nothing included: text without blanks, `;` and `)`, compared letter by letter. */
export function isArbitrary(value: string): boolean {
  return /^[^\s;)]*$/.test(value.trim());
}

const TOKEN = /[ \t]*(?:(===|~=|==|!=|<=|>=|<|>|\(|\))|("[^"\\]*"|'[^'\\]*')|([A-Za-z_][A-Za-z0-9_.]*))/y;

type Operand = { variable: MarkerVariable } | { list: MarkerList } | { value: string };

function invalid(text: string, why: string): CoreError {
  return new CoreError('invalid-marker', `${quoted(text)} is not a marker: ${why}.`);
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw invalid(text, `it cannot be read from ${quoted(text.slice(at).trimStart())} on`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** Reads one marker's tokens from left to right; each method reads what it is named after. */
class Reader {
  private readonly text: string;
  private readonly tokens: string[];
  private readonly ofLockFile: boolean;
  private at = 0;

  constructor(text: string, { ofLockFile = false }: MarkerPlace) {
    this.text = text;
    this.ofLockFile = ofLockFile;
    this.tokens = tokensOf(text);
  }

  whole(): Marker {
    const marker = this.group('or', 0);
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw invalid(this.text, `"and" or "or" is missing before ${quoted(rest)}`);
    return marker;
  }

  private group(kind: 'and' | 'or', depth: number): Marker {
    const terms: Marker[] = [];
    do {
      const term = kind === 'or' ? this.group('and', depth) : this.atom(depth);
      if (term.kind === kind) terms.push(...term.terms);
      else terms.push(term);
    } while (this.take(kind));
    return terms.length === 1 && terms[0] !== undefined ? terms[0] : { kind, terms };
  }

  private atom(depth: number): Marker {
    if (!this.take('(')) return this.comparison();
    if (depth >= MAX_DEPTH) throw invalid(this.text, `its parentheses are more than ${MAX_DEPTH} deep`);
    const inner = this.group('or', depth + 1);
    if (!this.take(')')) throw invalid(this.text, 'a ")" is missing');
    return inner;
  }

  private comparison(): MarkerComparison | MarkerMembership {
    const left = this.operand();
    const operator = this.operator();
    const right = this.operand();
    if ('variable' in left && 'value' in right) return this.compared(left.variable, operator, right.value, false);
    if ('value' in left && 'variable' in right) return this.compared(right.variable, operator, left.value, true);
    if ('value' in left && 'list' in right) return this.membership(left.value, operator, right.list);
    if ('list' in left) throw invalid(this.text, `write it as "name" in ${left.list}`);
    throw invalid(this.text, 'each comparison needs one variable and one string in quotes');
  }

  private compared(
    variable: MarkerVariable,
    operator: MarkerOperator,
    value: string,
    reversed: boolean,
  ): MarkerComparison {
    if (operator === '~=' || operator === '===') {
      const ofVersions = VERSION_VARIABLES.includes(variable);
      if (!ofVersions) throw invalid(this.text, `"${operator}" compares versions, which ${variable} is not`);
      if (operator === '===' && !reversed && !isArbitrary(value))
        throw invalid(this.text, '"===" compares with one word');
      if (operator === '~=' && !reversed) parseSpecifier(operator + value);
    }
    const known = variable === 'extra' ? canonicalExtra(value) : value;
    return { kind: 'comparison', variable, operator, value: known, reversed };
  }

  private membership(value: string, operator: MarkerOperator, list: MarkerList): MarkerMembership {
    if (operator !== 'in' && operator !== 'not in') throw invalid(this.text, `write it as "name" in ${list}`);
    return { kind: 'membership', list, operator, value: canonicalExtra(value) };
  }

  private operand(): Operand {
    const token = this.tokens[this.at];
    if (token === undefined) throw invalid(this.text, 'it ends too early');
    this.at += 1;
    if (/^["']/.test(token)) return { value: token.slice(1, -1) };
    if (!/^[A-Za-z_]/.test(token))
      throw invalid(this.text, `${quoted(token)} stands where a variable or string should`);
    const list = LISTS.find((known) => known === token);
    if (list !== undefined && this.ofLockFile) return { list };
    const variables = VARIABLES.filter((known) => !(known === 'extra' && this.ofLockFile));
    const variable = ALIASES.get(token) ?? variables.find((known) => known === token);
    if (variable !== undefined) return { variable };
    const known = `The variables are ${[...variables, ...(this.ofLockFile ? LISTS : [])].join(', ')}.`;
    const why = list === undefined ? 'is not a marker variable' : 'is a marker variable of lock files only';
    throw new CoreError('unknown-marker-variable', `${quoted(token)} ${why}. ${known}`);
  }

  private operator(): MarkerOperator {
    if (this.take('in')) return 'in';
    if (this.take('not')) {
      if (this.take('in')) return 'not in';
      throw invalid(this.text, '"not" must be followed by "in"');
    }
    const token = this.tokens[this.at];
    if (token === undefined || !/^[=~!<>]/.test(token)) {
      throw invalid(this.text, 'a comparison needs ==, !=, <=, >=, <, >, ~=, ===, in or not in');
    }
    this.at += 1;
    return token as MarkerOperator;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }
}

/** Extras compare by their normalised names (PEP 685); foreign metadata may hold what is no name. */
export function canonicalExtra(text: string): string {
  return text.replace(/[-_.]+/g, '-').toLowerCase();
}

/** A marker from text; throws CoreError `invalid-marker` or `unknown-marker-variable`. */
export function parseMarker(text: string, place: MarkerPlace = {}): Marker {
  if (text.length > MAX_MARKER_CHARS) throw invalid(text, `it has more than ${MAX_MARKER_CHARS} characters`);
  try {
    return new Reader(text, place).whole();
  } catch (error) {
    if (error instanceof CoreError && error.code === 'invalid-specifier') throw invalid(text, error.message);
    throw error;
  }
}

function formatString(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** The marker in one spelling: double quotes, single blanks, only the parentheses it needs. */
export function formatMarker(marker: Marker): string {
  if (marker.kind === 'comparison') {
    const { variable, operator, value, reversed } = marker;
    const sides = reversed ? [formatString(value), operator, variable] : [variable, operator, formatString(value)];
    return sides.join(' ');
  }
  if (marker.kind === 'membership') return [formatString(marker.value), marker.operator, marker.list].join(' ');
  const terms = marker.terms.map((term) =>
    marker.kind === 'and' && term.kind === 'or' ? `(${formatMarker(term)})` : formatMarker(term),
  );
  return terms.join(` ${marker.kind} `);
}
