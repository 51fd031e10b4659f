import type { NormalizedName } from './names.ts';
import type { Target } from './records/target.ts';
import { type Sha256, sha256Hex } from './sha256.ts';
import type { Version } from './version.ts';
import { formatWheelFilename } from './wheel-filename.ts';

/** A wheel that is not there yet: what an sdist would become for a target. */
export type PromisedWheel = { project: NormalizedName; version: Version; sdist: Sha256; target: string };

/** Digits of the hash in its build tag: as many as wheels that were built here have. */
const DIGITS = 8;

/**
 * The name it is listed under. Its build tag, `0_` and a hash of sdist and target, sorts before that of every wheel that is
 * there (`1_…`), and no other file has it. Its tag is one that the target's own pip takes, whatever the sdist turns out to
 * give: installers choose by the listed name alone.
 */
export function promisedFilename(
  { project, version, sdist, target }: PromisedWheel,
  { tags }: Pick<Target, 'tags'>,
): string {
  const [pythonTag, abiTag, platformTag] = promisedTag(tags).split('-') as [string, string, string];
  return formatWheelFilename({
    name: project.replaceAll('-', '_'),
    version,
    build: `0_${sha256Hex(`${sdist} ${target}`).slice(0, DIGITS)}`,
    ...{ pythonTag, abiTag, platformTag },
  });
}

/** The plain platform is the one tag of its interpreter that every index page may have and no upstream wheel does. */
function promisedTag(tags: readonly string[]): string {
  const tag = tags.find((one) => /-linux_[a-z0-9_]+$/.test(one)) ?? tags[0];
  if (tag === undefined) throw new Error('A target without tags takes no wheels.');
  return tag;
}
