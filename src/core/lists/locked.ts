import type { ListCode } from '../list-codes.ts';
import { isFinding } from '../list-finding.ts';
import { parseListHash } from '../list-hashes.ts';
import { formatMarker, type Marker, type MarkerPlace, parseMarker } from '../marker.ts';
import { normalizeName } from '../names.ts';
import type { Requirement } from '../records/requirement.ts';
import { parseVersion } from '../version.ts';
import type { Entry } from './entry.ts';
import type { MadeFor } from './made-for.ts';
import type { Choices } from './selection.ts';

/** What a lock file or a project file gives; its findings are in the document. */
export type Reading = { requirements: Requirement[]; choices: Choices; madeFor?: MadeFor };

/** What a lock file says of one package that is to be installed. */
export type Locked = {
  name: string | undefined;
  version: string | undefined;
  extras?: readonly string[];
  /** False where the package is not selected. */
  marker?: Marker | boolean;
  /** `sha256:…` of every file that may be taken. */
  hashes: readonly string[];
};

/** The package as a pinned requirement; undefined where it is not selected, or where something is wrong, which is said. */
export function lockedRequirement(entry: Entry, locked: Locked): Requirement | undefined {
  const { name, version, marker = true } = locked;
  if (marker === false) return undefined;
  if (name === undefined) return entry.fault('invalid-lock', `${entry.what} has no name.`);
  if (version === undefined)
    return entry.fault('invalid-lock', `${entry.what} has no version: lock it again, so that it is pinned.`);
  const normalized = entry.parsed(() => normalizeName(name));
  const pinned = entry.parsed(() => parseVersion(version));
  const hashes = readHashes(entry, locked.hashes);
  // Put together or spelled out, markers that were short enough may have become too long to be read again.
  const text = marker === true ? '' : entry.parsed(() => formatMarker(parseMarker(formatMarker(marker))));
  if (normalized === undefined || pinned === undefined || hashes === undefined || text === undefined) return undefined;
  return {
    name: normalized,
    extras: [...new Set((locked.extras ?? []).flatMap((one) => entry.parsed(() => normalizeName(one)) ?? []))].sort(),
    specifier: `==${pinned}`,
    ...(text !== '' && { marker: text }),
    hashes,
    line: entry.line,
  };
}

function readHashes(entry: Entry, texts: readonly string[]): string[] | undefined {
  const read = [...new Set(texts)].map((one) => parseListHash(one));
  const wrong = read.find(isFinding);
  if (wrong !== undefined) return entry.fault(wrong.code, `${entry.what}: ${wrong.message}`);
  return read.filter((one) => typeof one === 'string').sort();
}

/** The marker in a field; true where there is none, undefined where it is none, which is said. */
export function markerOf(entry: Entry, key: string, place: MarkerPlace = {}): Marker | true | undefined {
  const had = entry.value(key);
  const text = entry.text(key);
  if (text === undefined) return had === undefined ? true : undefined;
  return text.trim() === '' ? true : entry.parsed(() => parseMarker(text, place));
}

/** Why a package that is not of an index cannot be had, by the kind of its source. */
const FOREIGN: Readonly<Record<string, readonly [code: ListCode, why: string]>> = {
  vcs: ['version-control', 'projects are not fetched from version control'],
  git: ['version-control', 'projects are not fetched from version control'],
  hg: ['version-control', 'projects are not fetched from version control'],
  svn: ['version-control', 'projects are not fetched from version control'],
  bzr: ['version-control', 'projects are not fetched from version control'],
  directory: ['local-path', 'the server cannot see folders of your machine'],
  editable: ['local-path', 'the server cannot see folders of your machine'],
  virtual: ['local-path', 'the server cannot see folders of your machine'],
  path: ['local-path', 'the server cannot see files of your machine'],
  file: ['local-path', 'the server cannot see files of your machine'],
  archive: ['direct-url', 'archives are not fetched from URLs'],
  url: ['direct-url', 'archives are not fetched from URLs'],
};

/** Refuses a package by the kind of its source; does nothing for kinds that are an index. */
export function refuseForeign(entry: Entry, kind: string): boolean {
  const refused = Object.hasOwn(FOREIGN, kind) ? FOREIGN[kind] : undefined;
  if (refused === undefined) return false;
  const [code, why] = refused;
  entry.fault(
    code,
    `${entry.what}: ${why}. Depend on a version from the index and lock again, or post the list without it.`,
  );
  return true;
}

/** The project itself is in its own lock file, and nobody wants a wheel of its working folder from here. */
export function skipProject(entry: Entry): undefined {
  entry.warn(
    'project-skipped',
    `${entry.what} is a folder of the project itself and left out: install it from its sources.`,
  );
}
