import { quoted } from '../core/faults.ts';
import { isProjectName, type NormalizedName, normalizeName } from '../core/names.ts';
import { compareVersions, isVersion, parseVersion, type Version } from '../core/version.ts';
import { badWheel } from './bad-wheel.ts';

/** Where installers put the files below `.data/`; another name has no place to go. */
const SCHEMES = new Set(['purelib', 'platlib', 'headers', 'scripts', 'data']);

type Project = { name: NormalizedName; version: Version };

/** Whether a top-level folder is `{name}-{version}.suffix` of this project and version, however they are spelt. */
export function isFolderOf(folder: string, suffix: string, project: Project): boolean {
  const stem = folder.slice(0, -suffix.length);
  const dash = stem.indexOf('-');
  const [name, version] = [stem.slice(0, dash), stem.slice(dash + 1)];
  if (!folder.endsWith(suffix) || !isProjectName(name) || !isVersion(version)) return false;
  return normalizeName(name) === project.name && compareVersions(parseVersion(version), project.version) === 0;
}

function checkFolder(folder: string, suffix: string, project: Project): void {
  if (isFolderOf(folder, suffix, project)) return;
  throw badWheel(`its folder ${quoted(folder)} is not of ${project.name} ${project.version}, which its file name says`);
}

/**
 * The name of a wheel's one `.dist-info` folder, from the names of all entries. Folders for data are checked too.
 * @throws BuildFailure `bad-wheel` when there is none or more than one, or one of another project or version
 */
export function findDistInfo(names: readonly string[], project: Project): string {
  const tops = [...new Set(names.filter((name) => name.includes('/')).map((name) => name.slice(0, name.indexOf('/'))))];
  const [distInfo, ...others] = tops.filter((top) => top.endsWith('.dist-info'));
  if (distInfo === undefined || others.length > 0) throw badWheel('it needs exactly one .dist-info folder');
  checkFolder(distInfo, '.dist-info', project);

  for (const top of tops.filter((top) => top.endsWith('.data'))) checkFolder(top, '.data', project);
  for (const name of names) {
    const [top = '', scheme = '', file] = name.split('/');
    if (!top.endsWith('.data') || scheme === '') continue;
    if (!SCHEMES.has(scheme) || file === undefined)
      throw badWheel(`its entry ${quoted(name)} has no place to be installed`);
  }
  return distInfo;
}
