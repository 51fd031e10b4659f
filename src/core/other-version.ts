import { fits, runsOn, versionOf } from './candidate-versions.ts';
import type { OfferedFile } from './choose.ts';
import type { Target } from './records/target.ts';
import { compareVersions, isPrerelease, type Version } from './version.ts';

/**
 * A sentence that names the versions of a project that will do for a target where another does not: the newest one with a
 * wheel for it, and the first that had one, as a list may want to change as little as it can; else the newest sdist that
 * says it is for this Python. Undefined where upstream has neither.
 *
 * @param than the version that does not do; only newer ones are named. Left out, any is.
 */
export function otherVersion(offered: readonly OfferedFile[], target: Target, than?: Version): string | undefined {
  const files = offered.filter((one) => !one.yanked && !isPrerelease(versionOf(one)) && isNewer(versionOf(one), than));
  const [newest, ...older] = versionsOf(files.filter((one) => fits(one, target)));
  if (newest !== undefined) {
    const first = older.at(-1);
    return `The newest version with a wheel for ${target.name} is ${newest}${first ? `, the first one was ${first}` : ''}.`;
  }
  const [sdist] = versionsOf(
    files.filter((one) => one.kind === 'sdist' && one.requiresPython && runsOn(one.requiresPython, target)),
  );
  return sdist && `The newest version that says it is for Python ${target.python.version} is ${sdist}, as an sdist.`;
}

const isNewer = (version: Version, than: Version | undefined): boolean =>
  than === undefined || compareVersions(version, than) > 0;

function versionsOf(files: readonly OfferedFile[]): Version[] {
  return [...new Set(files.map(versionOf))].sort((one, other) => compareVersions(other, one));
}
