import { evaluateMarker, parseMarker } from './marker.ts';
import type { NormalizedName } from './names.ts';
import { type LineRef, lineRef } from './records/line-ref.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';
import type { Requirement } from './records/requirement.ts';
import { exactPin, parseSpecifier } from './specifier.ts';
import type { Version } from './version.ts';

/** All that a list asks of one project on one target. */
export type Wanted = {
  name: NormalizedName;
  extras: string[];
  /** Every line's specifier, joined: all must hold. */
  specifier: string;
  /** The one version that can do, where the list pins it. */
  pin: Version | undefined;
  /** Allowed sha256 hashes (hex); undefined where the list has none for this project. */
  hashes: ReadonlySet<string> | undefined;
  /** The lines that ask for it. */
  lines: LineRef[];
};

export type Skipped = LineRef & { text: string; marker: string };

/**
 * What a list asks for on a target: lines whose marker is false there are set aside, lines of one project are joined
 * (extras add up, specifiers must all hold, and so must hashes: only those every line with hashes allows).
 */
export function wantedOn(
  requirements: readonly Requirement[],
  environment: MarkerEnvironment,
): { wanted: Wanted[]; applicable: Requirement[]; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  const applicable: Requirement[] = [];
  const byName = new Map<NormalizedName, Requirement[]>();
  for (const one of requirements) {
    if (one.marker !== undefined && !appliesOn(one, environment)) {
      skipped.push({ ...lineRef(one), text: `${one.name}${one.specifier}`, marker: one.marker });
      continue;
    }
    applicable.push(one);
    const same = byName.get(one.name);
    if (same) same.push(one);
    else byName.set(one.name, [one]);
  }
  const wanted = [...byName].map(([name, lines]) => joined(name, lines));
  return { wanted, applicable, skipped };
}

/** Whether the line's marker is true there; one without a marker applies everywhere. */
export function appliesOn({ marker }: Pick<Requirement, 'marker'>, environment: MarkerEnvironment): boolean {
  return marker === undefined || evaluateMarker(parseMarker(marker), environment);
}

function joined(name: NormalizedName, lines: Requirement[]): Wanted {
  const specifier = [...new Set(lines.map((one) => one.specifier).filter((one) => one !== ''))].join(',');
  const locked = lines.filter((one) => one.hashes.length > 0).map((one) => new Set(one.hashes.flatMap(sha256Of)));
  const hashes = locked.length === 0 ? undefined : intersection(locked);
  return {
    name,
    extras: [...new Set(lines.flatMap((one) => one.extras))].sort(),
    specifier,
    pin: pinOf(lines),
    hashes,
    lines: lines.map(lineRef),
  };
}

function intersection(sets: readonly ReadonlySet<string>[]): Set<string> {
  const [first = new Set<string>(), ...others] = sets;
  return new Set([...first].filter((one) => others.every((other) => other.has(one))));
}

/** Index pages give sha256 only; the list grammar has seen to it that hashes are well formed. */
function sha256Of(hash: string): string[] {
  return hash.startsWith('sha256:') ? [hash.slice('sha256:'.length)] : [];
}

function pinOf(lines: Requirement[]): Version | undefined {
  for (const one of lines) {
    const pin = one.specifier === '' ? undefined : exactPin(parseSpecifier(one.specifier));
    if (pin !== undefined) return pin;
  }
  return undefined;
}
