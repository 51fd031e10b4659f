import type { Environments } from './list-environments.ts';
import { type Finding, fault } from './list-finding.ts';
import type { NormalizedName } from './names.ts';
import type { Requirement } from './records/requirement.ts';
import { exactPin, parseSpecifier, type Specifier, satisfies } from './specifier.ts';
import type { Version } from './version.ts';

interface Entry {
  readonly requirement: Requirement;
  readonly specifier: Specifier;
  readonly pin: Version | undefined;
  readonly environments: Environments;
}

type Judge = (marker: string | undefined) => Environments | undefined;

/** The entries of one project; none where a marker is left to the planning. */
function entriesOf(requirements: readonly Requirement[], judge: Judge): Entry[] {
  const entries: Entry[] = [];
  for (const requirement of requirements) {
    const environments = judge(requirement.marker);
    if (environments === undefined) return [];
    const specifier = parseSpecifier(requirement.specifier);
    entries.push({ requirement, specifier, pin: exactPin(specifier), environments });
  }
  return entries;
}

/** In each environment the first pin, with the environments it is the first in: at most as many as there are of them. */
function firstPins(entries: readonly Entry[]): { entry: Entry; pin: Version; environments: Environments }[] {
  const pins: { entry: Entry; pin: Version; environments: Environments }[] = [];
  let taken: Environments = 0;
  for (const entry of entries) {
    const environments = entry.environments & ~taken;
    if (entry.pin === undefined || environments === 0) continue;
    pins.push({ entry, pin: entry.pin, environments });
    taken |= environments;
  }
  return pins;
}

/** A pin, and the first entry that excludes it in an environment where both apply. */
function contradiction(entries: readonly Entry[]): [Requirement, Requirement] | undefined {
  for (const { entry, pin, environments } of firstPins(entries)) {
    const other = entries.find(
      (one) => (one.environments & environments) !== 0 && !satisfies(pin, one.specifier, { prereleases: true }),
    );
    if (other !== undefined) return [entry.requirement, other.requirement];
  }
  return undefined;
}

/** The projects that stand on several lines. */
function repeated(requirements: readonly Requirement[]): Requirement[][] {
  const byName = new Map<NormalizedName, Requirement[]>();
  for (const requirement of requirements) {
    const group = byName.get(requirement.name);
    if (group === undefined) byName.set(requirement.name, [requirement]);
    else group.push(requirement);
  }
  return [...byName.values()].filter((group) => group.length > 1);
}

const placeOf = ({ file, line }: Requirement): string =>
  file === undefined ? `line ${line}` : `line ${line} of ${file}`;

/** One fault a project whose lines contradict one another for some target, at the later of the two in the list. */
export function findDuplicates(
  requirements: readonly Requirement[],
  judge: Judge,
): { requirement: Requirement; finding: Finding }[] {
  return repeated(requirements).flatMap((group) => {
    const pair = contradiction(entriesOf(group, judge));
    if (pair === undefined) return [];
    const [first, second] = group.indexOf(pair[0]) < group.indexOf(pair[1]) ? pair : [pair[1], pair[0]];
    const clash = `"${first.specifier}" in ${placeOf(first)} and "${second.specifier}" here`;
    const message = `${first.name} is asked for in versions that exclude each other: ${clash}. Keep one, or give them markers that never hold together.`;
    return [{ requirement: second, finding: fault('duplicate-requirement', message) }];
  });
}
