import { CoreError, quoted } from './faults.ts';
import { isProjectName, type NormalizedName, normalizeName } from './names.ts';
import { isVersion, parseVersion, type Version } from './version.ts';

/** Endings that source archives have had; PEP 625 allows only the first for new ones. */
const FORMATS = ['tar.gz', 'zip', 'tar.bz2', 'tgz', 'tar.xz', 'tar.Z', 'tar'] as const;

export type SdistFormat = (typeof FORMATS)[number];

/** A source archive's file name taken apart; `filename` is the name as it was given. */
export interface SdistFilename {
  filename: string;
  name: NormalizedName;
  version: Version;
  format: SdistFormat;
}

const MAX_FILENAME_CHARS = 255;
const CHARACTERS = /^[A-Za-z0-9._+!-]+$/;

function invalid(filename: string, why: string): CoreError {
  return new CoreError('invalid-filename', `${quoted(filename)} is not a source archive's file name: ${why}.`);
}

/** Every way to cut at a dash into a name and a version, the longest name first. */
function splits(stem: string): [string, string][] {
  const found: [string, string][] = [];
  for (let dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1)) {
    found.push([stem.slice(0, dash), stem.slice(dash + 1)]);
  }
  return found;
}

/**
 * A source archive's file name (source distribution format, PEP 625) and the forms before it: other endings, names
 * with dashes, dots and upper case. A name with dashes is ambiguous (`a-1-2.zip`): `project`, the index page it was
 * found on, decides; without it the cut is at the last dash.
 * @throws CoreError `invalid-filename`, also when it is not an archive of `project`
 */
export function parseSdistFilename(filename: string, project?: NormalizedName): SdistFilename {
  if (filename.length > MAX_FILENAME_CHARS) throw invalid(filename, `it has over ${MAX_FILENAME_CHARS} characters`);
  if (!CHARACTERS.test(filename)) throw invalid(filename, 'it has a character that such names never have');
  const format = FORMATS.find((ending) => filename.endsWith(`.${ending}`));
  if (format === undefined) throw invalid(filename, 'it should end in ".tar.gz"');
  const candidates = splits(filename.slice(0, -(format.length + 1)));
  const wanted = project === undefined ? candidates.slice(0, 1) : candidates;
  for (const [name, version] of wanted) {
    if (!isProjectName(name) || !isVersion(version)) continue;
    const normalized = normalizeName(name);
    if (project === undefined || project === normalized) {
      return { filename, name: normalized, version: parseVersion(version), format };
    }
  }
  throw invalid(filename, project ? `it is not "${project}-VERSION.tar.gz"` : 'it is not "NAME-VERSION.tar.gz"');
}
