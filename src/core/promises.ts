import { versionOf } from './candidate-versions.ts';
import { choose, type OfferedFile, type Supply } from './choose.ts';
import type { NormalizedName } from './names.ts';
import type { Recipe } from './records/recipe.ts';
import type { Target } from './records/target.ts';
import type { WheelRecord } from './records/wheel.ts';
import type { Sha256 } from './sha256.ts';
import { compareVersions, isPrerelease, type Version } from './version.ts';

/** An sdist whose wheel would be built if somebody asked for it. */
export type Promised<F extends OfferedFile = OfferedFile> = {
  version: Version;
  file: F;
  sha256: Sha256;
  /** The build that it would be; undefined where it is being proven just now. */
  key: string | undefined;
  /** How it would be built; known with the key. */
  recipe?: Recipe;
  /** Where it is built already, and on no page yet. */
  wheel?: WheelRecord;
};

/**
 * The versions of a project of which the target can have a wheel only if it is built: those that a list with nothing but their
 * pin would have built for all, and those whose wheel is built and not on the page yet. The newest first.
 *
 * @param listed names of the files on the project's page
 */
export function promisesOf<F extends OfferedFile>(
  name: NormalizedName,
  supply: Supply<F>,
  target: Target,
  listed: ReadonlySet<string>,
): Promised<F>[] {
  const versions = new Map<Version, F[]>();
  for (const file of supply.offered ?? []) {
    const version = versionOf(file);
    versions.set(version, [...(versions.get(version) ?? []), file]);
  }
  const promised: Promised<F>[] = [];
  for (const [version, offered] of versions) {
    const [sdist] = offered.filter((one) => one.kind === 'sdist');
    if (!sdist) continue;
    // Of its own files alone: a project has thousands, and each version is looked at.
    const stored = supply.stored.filter((one) => one.version === version);
    const choice = choose({ name, ...pinned(version) }, { ...supply, offered, stored }, target);
    if (choice.kind === 'build' && choice.visibility === 'public') promised.push(choice);
    if (choice.kind === 'hit' && choice.wheel.origin === 'built' && !listed.has(choice.wheel.filename)) {
      const { wheel } = choice;
      const { build } = wheel;
      const file = offered.find((one) => one.sha256 !== undefined && one.sha256 === build?.sdist.sha256);
      if (file?.sha256) promised.push({ version, file, sha256: file.sha256, key: undefined, wheel });
    }
  }
  return promised.sort((one, other) => compareVersions(other.version, one.version));
}

const pinned = (version: Version) => ({
  ...{ extras: [], specifier: `==${version}`, pin: version, hashes: undefined, lines: [], constraints: [] },
  options: { formats: 'any' as const, preferBinary: false, prereleases: undefined },
});

/**
 * Versions that whoever does not pin one may be given: the newest final ones of all that the project has, so many. A resolver
 * that walks back through a project's past must not have each of them built. The newest first.
 */
export function openVersions(files: readonly OfferedFile[], count: number): Set<Version> {
  const finals = new Set(
    files
      .filter((one) => !one.yanked)
      .map(versionOf)
      .filter((one) => !isPrerelease(one)),
  );
  return new Set([...finals].sort((one, other) => compareVersions(other, one)).slice(0, count));
}
