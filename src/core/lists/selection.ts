import { quoted } from '../faults.ts';
import { reduceMarker } from '../marker-algebra.ts';
import { canonicalExtra, type Marker } from '../marker-syntax.ts';

/** What is taken of a lock file or a project file beside the project's own dependencies; names in any spelling. */
export type Selection = {
  extras: readonly string[];
  groups: readonly string[];
  /** Groups that are left out though the file says they are installed by default. */
  withoutGroups?: readonly string[];
};

/** What a file offers to choose from, in its own spelling. */
export type Choices = { extras: readonly string[]; groups: readonly string[] };

export const NO_CHOICES: Choices = { extras: [], groups: [] };

/** A selection as a file reads it: canonical names, its default groups among them. */
export type Selected = { extras: ReadonlySet<string>; groups: ReadonlySet<string> };

/** @param defaults groups that are installed unless they are left out */
export function selected(
  { extras, groups, withoutGroups = [] }: Selection,
  defaults: readonly string[] = [],
): Selected {
  const without = new Set(withoutGroups.map(canonicalExtra));
  return {
    extras: new Set(extras.map(canonicalExtra)),
    groups: new Set([
      ...defaults.map(canonicalExtra).filter((one) => !without.has(one)),
      ...groups.map(canonicalExtra),
    ]),
  };
}

/** The marker of a lock file without what the selection decides. */
export function selectMarker(marker: Marker, { extras, groups }: Selected): Marker | boolean {
  return reduceMarker(marker, (atom) => {
    if (atom.kind === 'membership')
      return (atom.list === 'extras' ? extras : groups).has(canonicalExtra(atom.value)) === (atom.operator === 'in');
    if (atom.variable !== 'extra') return undefined;
    // Poetry writes its extras as `extra == "name"`, one comparison for each that may ask for the package.
    return extras.has(canonicalExtra(atom.value)) === (atom.operator === '==');
  });
}

/** Names that are told; who asks for more has other trouble. */
const SHOWN = 30;

/** What is asked for and offered by none of the files. */
export function unknownChoices(
  { extras, groups, withoutGroups = [] }: Selection,
  offered: readonly Choices[],
): string[] {
  const missing = (what: 'extra' | 'group', asked: readonly string[], known: readonly string[]) => {
    const names = new Set(known.map(canonicalExtra));
    const unknown = [...new Set(asked)].filter((one) => !names.has(canonicalExtra(one))).slice(0, SHOWN);
    const there = unknown.length > 0 ? thereAre(what, known) : '';
    return unknown.map((one) => `There is no ${what} ${quoted(one)}. ${there}`);
  };
  return [
    ...missing(
      'extra',
      extras,
      offered.flatMap((one) => one.extras),
    ),
    ...missing(
      'group',
      [...groups, ...withoutGroups],
      offered.flatMap((one) => one.groups),
    ),
  ];
}

function thereAre(what: 'extra' | 'group', known: readonly string[]): string {
  const names = [...new Set(known)].sort();
  if (names.length === 0) return `The list has no ${what}s to choose from.`;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `There are: ${names.slice(0, SHOWN).join(', ')}${more}.`;
}
