import { evaluateMarker, parseMarker } from './marker.ts';
import type { NormalizedName } from './names.ts';
import { type ProjectOptions, projectOptions } from './project-options.ts';
import { type LineRef, lineRef } from './records/line-ref.ts';
import type { ListOptions } from './records/list-options.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';
import type { Recipe } from './records/recipe.ts';
import type { Requirement } from './records/requirement.ts';
import { exactPin, parseSpecifier } from './specifier.ts';
import type { Version } from './version.ts';

/** All that a list asks of one project on one target. */
export type Wanted = {
  name: NormalizedName;
  extras: string[];
  /** Every line's specifier and every constraint's, joined: all must hold. */
  specifier: string;
  /** The one version that can do, where the list pins it. */
  pin: Version | undefined;
  /** Allowed sha256 hashes (hex); undefined where the list has none for this project. */
  hashes: ReadonlySet<string> | undefined;
  options: ProjectOptions;
  /** `--config-settings` of its lines: part of the recipe of a build made for this list. */
  configSettings?: NonNullable<Recipe['configSettings']>;
  /** The lines that ask for it. */
  lines: LineRef[];
  /** The constraints that bound it. */
  constraints: LineRef[];
};

export type Skipped = LineRef & { text: string; marker: string };

/** What a posting says: lines that ask, constraints that bound what is needed anyway, options of the whole list. */
export type ListDemands = {
  requirements: readonly Requirement[];
  constraints?: readonly Requirement[];
  options: ListOptions;
};

/** What a list asks for on a target. */
export type Demands = {
  wanted: Wanted[];
  /** Lines and constraints whose marker is true, in the order of the list. */
  applicable: Requirement[];
  constraints: Requirement[];
  skipped: Skipped[];
  /** What the list says of a project that it does not ask for itself. */
  dependency: (name: NormalizedName) => Wanted;
};

/**
 * What a list asks for on a target: lines whose marker is false there are set aside, lines of one project and its
 * constraints are joined (extras add up, specifiers must all hold, and so must hashes: only those every line with hashes
 * allows). A constraint alone asks for nothing.
 */
export function wantedOn(list: ListDemands, environment: MarkerEnvironment): Demands {
  const applies = (one: Requirement) => appliesOn(one, environment);
  const applicable = list.requirements.filter(applies);
  const constraints = (list.constraints ?? []).filter(applies);
  const bounds = byName(constraints);
  const join = (name: NormalizedName, lines: Requirement[]) =>
    joined(name, lines, bounds.get(name) ?? [], projectOptions(list.options, name));
  return {
    wanted: [...byName(applicable)].map(([name, lines]) => join(name, lines)),
    applicable,
    constraints,
    skipped: list.requirements.flatMap((one) => (applies(one) ? [] : [skippedLine(one)])),
    dependency: (name) => join(name, []),
  };
}

/** Whether the line's marker is true there; one without a marker applies everywhere. */
export function appliesOn({ marker }: Pick<Requirement, 'marker'>, environment: MarkerEnvironment): boolean {
  return marker === undefined || evaluateMarker(parseMarker(marker), environment);
}

function skippedLine(one: Requirement): Skipped {
  return { ...lineRef(one), text: `${one.name}${one.specifier}`, marker: one.marker ?? '' };
}

function byName(requirements: readonly Requirement[]): Map<NormalizedName, Requirement[]> {
  const groups = new Map<NormalizedName, Requirement[]>();
  for (const one of requirements) {
    const same = groups.get(one.name);
    if (same) same.push(one);
    else groups.set(one.name, [one]);
  }
  return groups;
}

function joined(
  name: NormalizedName,
  lines: readonly Requirement[],
  constraints: readonly Requirement[],
  options: ProjectOptions,
): Wanted {
  const all = [...lines, ...constraints];
  const locked = all.filter((one) => one.hashes.length > 0).map((one) => new Set(one.hashes.flatMap(sha256Of)));
  const settings = configSettingsOf(lines);
  return {
    name,
    extras: [...new Set(lines.flatMap((one) => one.extras))].sort(),
    specifier: [...new Set(all.map((one) => one.specifier).filter((one) => one !== ''))].join(','),
    pin: pinOf(all),
    hashes: locked.length === 0 ? undefined : intersection(locked),
    options,
    ...(settings && { configSettings: settings }),
    lines: lines.map(lineRef),
    constraints: constraints.map(lineRef),
  };
}

/** Of several lines that give a key, the first counts: pip builds what its first line says. */
function configSettingsOf(lines: readonly Requirement[]): Wanted['configSettings'] {
  const settings = lines.map((one) => one.configSettings).filter((one) => one !== undefined);
  return settings.length === 0 ? undefined : Object.assign({}, ...settings.reverse());
}

function intersection(sets: readonly ReadonlySet<string>[]): Set<string> {
  const [first = new Set<string>(), ...others] = sets;
  return new Set([...first].filter((one) => others.every((other) => other.has(one))));
}

/** Index pages give sha256 only; the list grammar has seen to it that hashes are well formed. */
function sha256Of(hash: string): string[] {
  return hash.startsWith('sha256:') ? [hash.slice('sha256:'.length)] : [];
}

function pinOf(lines: readonly Requirement[]): Version | undefined {
  for (const one of lines) {
    const pin = one.specifier === '' ? undefined : exactPin(parseSpecifier(one.specifier));
    if (pin !== undefined) return pin;
  }
  return undefined;
}
