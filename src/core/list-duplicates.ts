import { fault, type Located } from './list-finding.ts';
import { evaluateMarker, type Marker, parseMarker } from './marker.ts';
import type { NormalizedName } from './names.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';
import type { Requirement } from './records/requirement.ts';
import { formatRequirement } from './requirement.ts';
import { exactPin, parseSpecifier, type Specifier, satisfies } from './specifier.ts';

/** Python 3 minor versions a target may have; lists for others still meet the same check when they are planned. */
const MINORS = [9, 10, 11, 12, 13, 14, 15, 16];
const MACHINES = ['x86_64', 'aarch64'];

/** Environments that targets can have: CPython on Linux. Only there can two lines of one project get in each other's way. */
const ENVIRONMENTS: readonly MarkerEnvironment[] = MINORS.flatMap((minor) =>
  MACHINES.map((machine) => ({
    os_name: 'posix',
    sys_platform: 'linux',
    platform_machine: machine,
    platform_python_implementation: 'CPython',
    platform_release: '6.12.0',
    platform_system: 'Linux',
    platform_version: '#1 SMP',
    python_version: `3.${minor}`,
    python_full_version: `3.${minor}.5`,
    implementation_name: 'cpython',
    implementation_version: `3.${minor}.5`,
  })),
);

interface Entry {
  readonly requirement: Requirement;
  readonly specifier: Specifier;
  readonly marker: Marker | undefined;
}

function entryOf(requirement: Requirement): Entry {
  const marker = requirement.marker === undefined ? undefined : parseMarker(requirement.marker);
  return { requirement, specifier: parseSpecifier(requirement.specifier), marker };
}

/** A pin among entries that apply together, and the first entry that excludes it. */
function contradiction(entries: readonly Entry[]): [Requirement, Requirement] | undefined {
  const pinned = entries.find(({ specifier }) => exactPin(specifier) !== undefined);
  const pin = pinned === undefined ? undefined : exactPin(pinned.specifier);
  if (pinned === undefined || pin === undefined) return undefined;
  const other = entries.find(({ specifier }) => !satisfies(pin, specifier, { prereleases: true }));
  return other === undefined ? undefined : [pinned.requirement, other.requirement];
}

function contradictionForSomeTarget(entries: readonly Entry[]): [Requirement, Requirement] | undefined {
  for (const environment of ENVIRONMENTS) {
    const applying = entries.filter(({ marker }) => marker === undefined || evaluateMarker(marker, environment));
    const found = contradiction(applying);
    if (found !== undefined) return found;
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

/** One fault a project whose lines contradict one another for some target, at the later of the two lines. */
export function findDuplicates(requirements: readonly Requirement[]): Located[] {
  return repeated(requirements).flatMap((group) => {
    const pair = contradictionForSomeTarget(group.map(entryOf));
    if (pair === undefined) return [];
    const [first, second] = pair.sort((a, b) => a.line - b.line) as [Requirement, Requirement];
    const clash = `"${first.specifier}" in line ${first.line} and "${second.specifier}" here`;
    const message = `${first.name} is asked for in versions that exclude each other: ${clash}. Keep one, or give them markers that never hold together.`;
    return [{ line: second.line, text: formatRequirement(second), finding: fault('duplicate-requirement', message) }];
  });
}
