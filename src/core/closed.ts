import type { CoreMetadata } from './core-metadata.ts';
import { evaluateMarker, parseMarker } from './marker.ts';
import type { NormalizedName } from './names.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';
import { parseRequirement } from './requirement.ts';
import { parseSpecifier, satisfies } from './specifier.ts';
import type { Version } from './version.ts';

/** A pinned project with the metadata of what was chosen for it. */
export type Pinned = { name: NormalizedName; version: Version; extras: readonly string[]; metadata: CoreMetadata };

/**
 * Whether a pinned list needs nothing beyond itself: every Requires-Dist that applies on the target, with the extras
 * asked for by the list or by one another, is pinned in the list to a version that satisfies it.
 *
 * @returns the first requirement that is not met (`name>=2 (for other 1.0)`), or undefined when the list is closed.
 */
export function firstOpenRequirement(pinned: readonly Pinned[], environment: MarkerEnvironment): string | undefined {
  const byName = new Map(pinned.map((one) => [one.name, one]));
  const asked = new Map(pinned.map((one) => [one.name, new Set(['', ...one.extras])]));
  const queue = [...pinned.map((one) => one.name)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const one = byName.get(name)!;
    for (const text of one.metadata.requiresDist) {
      const needed = readable(text);
      if (!needed) return `${text} (for ${one.name} ${one.version}; not readable)`;
      if (needed.marker !== undefined && !appliesWith(needed.marker, environment, asked.get(name)!)) continue;
      const there = byName.get(needed.name);
      if (!there || !satisfies(there.version, parseSpecifier(needed.specifier), { prereleases: true }))
        return `${needed.name}${needed.specifier} (for ${one.name} ${one.version})`;
      const extras = asked.get(needed.name)!;
      const more = needed.extras.filter((extra) => !extras.has(extra));
      if (more.length === 0) continue;
      for (const extra of more) extras.add(extra);
      queue.push(needed.name);
    }
  }
  return undefined;
}

/** Old metadata has lines no parser reads; such a list is left to the resolver. */
function readable(text: string): ReturnType<typeof parseRequirement> | undefined {
  try {
    return parseRequirement(text);
  } catch {
    return undefined;
  }
}

/** An extra's requirements apply as soon as one of the extras asked for makes the marker true. */
function appliesWith(marker: string, environment: MarkerEnvironment, extras: ReadonlySet<string>): boolean {
  const parsed = parseMarker(marker);
  return [...extras].some((extra) => evaluateMarker(parsed, environment, extra));
}
