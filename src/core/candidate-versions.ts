import type { OfferedFile, Supply } from './choose.ts';
import type { Target } from './records/target.ts';
import { parseSpecifier, satisfies } from './specifier.ts';
import { tagPriority } from './tags.ts';
import { compareVersions, isPrerelease, parseVersion, type Version } from './version.ts';
import type { Wanted } from './wanted.ts';
import { parseWheelFilename } from './wheel-filename.ts';

/**
 * Versions that a list allows, the best first: the newest, but with `--prefer-binary` those with a wheel first, and
 * pre-releases last unless they were asked for (by `--pre`, `--all-releases` or a specifier that names one). As pip does, a
 * pre-release is taken where nothing final can be had, unless the list says `--only-final`. Yanked files only count for an
 * exact pin (PEP 592).
 */
export function candidateVersions(wanted: Wanted, supply: Supply, target: Target): Version[] {
  const specifier = parseSpecifier(wanted.specifier);
  const listed = (one: { yanked?: true | string }) => !one.yanked || wanted.pin !== undefined;
  const all = new Set([
    ...(supply.offered ?? []).filter(listed).map(versionOf),
    ...supply.stored.filter(listed).map((record) => parseVersion(record.version)),
  ]);
  const allowed = [...all]
    .filter((one) => satisfies(one, specifier, { prereleases: true }))
    .sort((a, b) => compareVersions(b, a));
  const finals = allowed.filter((one) => !isPrerelease(one));
  const { prereleases, preferBinary } = wanted.options;
  const wheelsFirst = (versions: Version[]) =>
    preferBinary ? byPreference(versions, (one) => hasWheel(one, wanted, supply, target)) : versions;
  if (prereleases === false) return wheelsFirst(finals);
  if (prereleases || allowed.some((one) => isPrerelease(one) && satisfies(one, specifier))) return wheelsFirst(allowed);
  return [...wheelsFirst(finals), ...wheelsFirst(allowed.filter(isPrerelease))];
}

/**
 * Whether upstream has a wheel of this version that may be taken, or one was uploaded. Where upstream does not answer all stored
 * ones count; at other times they do not: whether somebody has built one before must not decide which version a list gets.
 */
export function hasWheel(version: Version, wanted: Wanted, supply: Supply, target: Target): boolean {
  if (wanted.options.formats === 'sdists') return false;
  if (supply.offered === undefined)
    return supply.stored.some(
      (one) => one.version === version && tagPriority(parseWheelFilename(one.filename).tags, target.tags) !== undefined,
    );
  const mayBeTaken = (one: { sha256?: string; yanked?: true | string }) =>
    (!one.yanked || wanted.pin !== undefined) &&
    one.sha256 !== undefined &&
    (wanted.hashes === undefined || wanted.hashes.has(one.sha256));
  return (
    supply.offered.some((one) => versionOf(one) === version && fits(one, target) && mayBeTaken(one)) ||
    supply.stored.some(
      (one) =>
        one.origin === 'uploaded' &&
        one.version === version &&
        tagPriority(parseWheelFilename(one.filename).tags, target.tags) !== undefined &&
        runsOn(one.requiresPython, target) &&
        mayBeTaken(one),
    )
  );
}

/** Whether the file is a wheel that the target can install. */
export function fits(file: OfferedFile, target: Target): boolean {
  return (
    file.kind === 'wheel' &&
    tagPriority(file.wheel.tags, target.tags) !== undefined &&
    runsOn(file.requiresPython, target)
  );
}

/** PEP 345 and 440; a Requires-Python that cannot be read is ignored, as pip does. */
export function runsOn(requiresPython: string | undefined, target: Target): boolean {
  if (!requiresPython) return true;
  try {
    return satisfies(parseVersion(target.python.version), parseSpecifier(requiresPython), { prereleases: true });
  } catch {
    return true;
  }
}

export const versionOf = (file: OfferedFile): Version =>
  file.kind === 'wheel' ? file.wheel.version : file.sdist.version;

function byPreference(versions: readonly Version[], preferred: (version: Version) => boolean): Version[] {
  const first = new Set(versions.filter(preferred));
  return [...first, ...versions.filter((one) => !first.has(one))];
}

/**
 * Versions that a resolver must not choose, for it does not know what the options of the list ask for: those without the
 * files that `--no-binary` and `--only-binary` leave. `preferred` are those that `--prefer-binary` puts last where there is
 * something better.
 */
export function versionsToAvoid(
  wanted: Wanted,
  supply: Supply,
  target: Target,
): { refused: Version[]; unpreferred: Version[] } {
  const { formats, preferBinary } = wanted.options;
  if (formats === 'any' && !preferBinary) return { refused: [], unpreferred: [] };
  const versions = candidateVersions(wanted, supply, target);
  const withSdist = new Set(
    (supply.offered ?? [])
      .filter((one) => one.kind === 'sdist' && one.sha256 !== undefined && runsOn(one.requiresPython, target))
      .map(versionOf),
  );
  if (formats === 'sdists') return { refused: versions.filter((one) => !withSdist.has(one)), unpreferred: [] };
  const without = versions.filter((one) => !hasWheel(one, wanted, supply, target));
  if (formats === 'wheels') return { refused: without, unpreferred: [] };
  return { refused: [], unpreferred: without.length < versions.length ? without : [] };
}
