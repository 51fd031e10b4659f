import { CoreError, quoted } from './faults.ts';
import { type NormalizedName, normalizeName } from './names.ts';
import { expandTags, parseTagParts, type Tag } from './tags.ts';
import { parseVersion, type Version } from './version.ts';

/** A wheel's build tag: its leading digits as a number, then the rest; wheels sort by the pair. */
export interface BuildTag {
  number: number;
  suffix: string;
}

/** A wheel's file name taken apart. Tags are lower case; `filename` is the name as it was given. */
export interface WheelFilename {
  filename: string;
  name: NormalizedName;
  version: Version;
  build?: BuildTag;
  tags: Tag[];
  pythonTags: string[];
  abiTags: string[];
  platformTags: string[];
}

/** The parts of a file name, escaped as they are to stand in it. */
export interface WheelFilenameParts {
  /** The distribution's name, `-` and `.` already made `_`. */
  name: string;
  version: string;
  build?: string;
  pythonTag: string;
  abiTag: string;
  platformTag: string;
}

/** Whether its tags name no ABI and no platform: `py3-none-any`. */
export function isUniversal({ abiTags, platformTags }: Pick<WheelFilename, 'abiTags' | 'platformTags'>): boolean {
  return abiTags.every((one) => one === 'none') && platformTags.every((one) => one === 'any');
}

/** What file systems allow for one name. */
const MAX_FILENAME_CHARS = 255;
const CHARACTERS = /^[A-Za-z0-9._+!-]+$/;
const BUILD_TAG = /^([0-9]{1,15})([A-Za-z0-9_.]*)$/;

function invalid(filename: string, why: string): CoreError {
  return new CoreError('invalid-filename', `${quoted(filename)} is not a wheel's file name: ${why}.`);
}

/** The name split at its dashes: 5 parts, or 6 with a build tag. */
function dashParts(filename: string): [string, string, string | undefined, string] {
  if (filename.length > MAX_FILENAME_CHARS) throw invalid(filename, `it has over ${MAX_FILENAME_CHARS} characters`);
  if (!filename.endsWith('.whl')) throw invalid(filename, 'it does not end in ".whl"');
  if (!CHARACTERS.test(filename)) throw invalid(filename, 'it has a character that such names never have');
  const parts = filename.slice(0, -'.whl'.length).split('-');
  if (parts.length !== 5 && parts.length !== 6) throw invalid(filename, 'it needs 5 or 6 parts, separated by "-"');
  const [name = '', version = '', build] = parts;
  return [name, version, parts.length === 6 ? build : undefined, parts.slice(-3).join('-')];
}

function parseBuildTag(text: string, filename: string): BuildTag {
  const match = BUILD_TAG.exec(text);
  if (match === null) throw invalid(filename, `its build tag ${quoted(text)} does not start with a number`);
  return { number: Number(match[1]), suffix: match[2] ?? '' };
}

function parseParts(filename: string, nameOf: (escaped: string) => string): WheelFilename {
  const [escapedName, versionText, buildText, tagText] = dashParts(filename);
  try {
    const parts = parseTagParts(tagText);
    return {
      filename,
      name: normalizeName(nameOf(escapedName)),
      version: parseVersion(versionText),
      ...(buildText !== undefined && { build: parseBuildTag(buildText, filename) }),
      tags: expandTags(parts),
      ...parts,
    };
  } catch (error) {
    if (error instanceof CoreError && error.code !== 'invalid-filename') throw invalid(filename, error.message);
    throw error;
  }
}

/**
 * A wheel's file name by the binary distribution format: `{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl`.
 * The name may have dots and upper case, as consumers must accept.
 * @throws CoreError `invalid-filename`
 */
export function parseWheelFilename(filename: string): WheelFilename {
  return parseParts(filename, (escaped) => {
    if (escaped.includes('__')) throw invalid(filename, 'its name has "__", which escaping never makes');
    return escaped;
  });
}

/** Also the names that older tools made and indexes still list (`a__b`, `_a_`); undefined if it is no wheel's name. */
export function lenientWheelFilename(filename: string): WheelFilename | undefined {
  try {
    return parseParts(filename, (escaped) => escaped.replace(/^[_.]+|[_.]+$/g, ''));
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** The file name of these parts, checked by parsing it; throws CoreError `invalid-filename`. */
export function formatWheelFilename(parts: WheelFilenameParts): string {
  const build = parts.build === undefined ? [] : [parts.build];
  const tags = [parts.pythonTag, parts.abiTag, parts.platformTag];
  return parseWheelFilename(`${[parts.name, parts.version, ...build, ...tags].join('-')}.whl`).filename;
}

/** The file name with this build tag in place of any of its own; throws CoreError `invalid-filename`. */
export function withBuildTag(filename: string, tag: string): string {
  const [name, version, , tags] = dashParts(filename);
  return parseWheelFilename(`${[name, version, tag, tags].join('-')}.whl`).filename;
}
