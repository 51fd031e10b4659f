import { CoreError } from './faults.ts';
import { canonicalExtra, isArbitrary, type Marker, type MarkerComparison } from './marker-syntax.ts';
import { type MarkerList, type MarkerVariable, VERSION_VARIABLES } from './marker-variables.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';
import { parseSpecifier, type Specifier, satisfies } from './specifier.ts';
import { isVersion, parseVersion } from './version.ts';

export { formatMarker, type Marker, type MarkerPlace, parseMarker } from './marker-syntax.ts';

/** What is installed of a lock file beside the project itself (PEP 751): names in any spelling. */
export interface MarkerLists {
  readonly extras?: Iterable<string>;
  readonly dependencyGroups?: Iterable<string>;
}

/**
 * Whether a marker holds.
 * @param extra what `extra` stands for: '' unless given; with a set, one of its members must make the marker hold,
 *   which is how installers ask for a requirement with several extras
 * @param lists what the list variables of lock files stand for: nothing unless given
 */
export function evaluateMarker(
  marker: Marker,
  environment: MarkerEnvironment,
  extra: string | ReadonlySet<string> = '',
  lists: MarkerLists = {},
): boolean {
  const extras = typeof extra === 'string' ? [extra] : extra.size === 0 ? [''] : [...extra];
  const members = {
    extras: new Set([...(lists.extras ?? [])].map(canonicalExtra)),
    dependency_groups: new Set([...(lists.dependencyGroups ?? [])].map(canonicalExtra)),
  };
  return extras.some((one) => evaluate(marker, { environment, extra: canonicalExtra(one), members }));
}

/** What the variables stand for. */
interface Context {
  readonly environment: MarkerEnvironment;
  readonly extra: string;
  readonly members: Readonly<Record<MarkerList, ReadonlySet<string>>>;
}

function evaluate(marker: Marker, context: Context): boolean {
  switch (marker.kind) {
    case 'and':
      return marker.terms.every((term) => evaluate(term, context));
    case 'or':
      return marker.terms.some((term) => evaluate(term, context));
    case 'membership':
      return context.members[marker.list].has(marker.value) === (marker.operator === 'in');
    case 'comparison': {
      const actual = lookUp(marker.variable, context);
      return marker.reversed ? compare(marker, marker.value, actual) : compare(marker, actual, marker.value);
    }
  }
}

function lookUp(variable: MarkerVariable, { environment, extra }: Context): string {
  if (variable === 'extra') return extra;
  const value = environment[variable];
  // A Python built from a checkout calls itself `3.15.0a1+`, which is no version; `packaging` mends it the same way.
  return variable === 'python_full_version' && value.endsWith('+') ? `${value}local` : value;
}

function compare(marker: MarkerComparison, left: string, right: string): boolean {
  if (marker.operator === '===') return isArbitrary(right) && left.toLowerCase() === right.trim().toLowerCase();
  const specifier = VERSION_VARIABLES.includes(marker.variable) ? specifierOf(marker.operator, right) : undefined;
  if (specifier === undefined) return compareStrings(marker, left, right);
  return isVersion(left) && satisfies(parseVersion(left), specifier, { prereleases: true });
}

/** Undefined where operator and value make no version specifier, such as `in` or `"3.x"`. */
function specifierOf(operator: string, value: string): Specifier | undefined {
  try {
    const specifier = parseSpecifier(operator + value);
    return specifier.clauses.length === 1 && !value.includes(',') ? specifier : undefined;
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** Strings have no order: `<=` and `>=` hold only for equal ones, `<` and `>` never. */
function compareStrings(marker: MarkerComparison, left: string, right: string): boolean {
  switch (marker.operator) {
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '==':
    case '<=':
    case '>=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
    case '>':
      return false;
    default:
      // Left is `"1.2" ~= variable` where the target's value is no version.
      return false;
  }
}
