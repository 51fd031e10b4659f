/*
 * `poetry.lock`, lock-version 1.x, 2.0 and 2.1 (https://python-poetry.org/docs/; the format is what `poetry lock` writes).
 *
 * Taken: name, version, hashes of `files` (1.0 and 1.1 have them in `metadata.files`), and
 *   2.1: `groups` and `markers`, in which extras are written as `extra == "name"`. Without a selection: the group "main".
 *   1.x, 2.0: these don't say which group or platform a package is for. All is taken but what only extras need, with a
 *   warning; 1.0 and 1.1 have `category`, which is the group.
 * Refused: sources other than an index (`git`, `url`, `file`, `directory`), other lock versions.
 * Ignored: `python-versions` of packages, `dependencies` but to find what an extra needs, the URLs of indexes.
 */
import { quoted } from '../faults.ts';
import type { Marker } from '../marker.ts';
import { anyOf } from '../marker-algebra.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import type { Requirement } from '../records/requirement.ts';
import type { ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { lockedRequirement, markerOf, type Reading, refuseForeign } from './locked.ts';
import { canonicalName, packageEntries } from './packages.ts';
import { type Selected, type Selection, selected, selectMarker } from './selection.ts';

const MAIN = 'main';

export function readPoetryLock(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  const metadata = root.table('metadata');
  checkVersion(root, metadata);
  const extras = root.table('extras');
  const packages = packageEntries(document, 'package').map((entry) => ({ entry, groups: groupsOf(entry) }));
  const grouped = packages.some(({ groups }) => groups !== undefined);
  const chosen = selected(selection, [MAIN]);
  if (!grouped && packages.length > 0) warnUngrouped(root);
  const needed = neededByExtras(
    packages.map((one) => one.entry),
    extras,
    chosen,
  );
  const files = filesByName(metadata);
  const requirements = packages.flatMap(({ entry, groups }) => {
    if (groups === undefined && grouped) return [];
    if (groups !== undefined && !groups.some((one) => chosen.groups.has(canonicalExtra(one)))) return [];
    const optional = entry.value('optional') === true;
    if (optional && !entry.has('groups') && !needed.has(canonicalExtra(entry.text('name') ?? ''))) return [];
    return readPackage(entry, groups, chosen, files) ?? [];
  });
  const groups = [...new Set(packages.flatMap((one) => one.groups ?? []))];
  return { requirements, choices: { extras: extras?.keys() ?? [], groups } };
}

function checkVersion(root: Entry, metadata: Entry | undefined): void {
  const at = metadata?.as('The file', root.document.lineOf(/^\s*lock-version\s*=/) ?? 1);
  const version = at?.text('lock-version');
  if (version === undefined)
    root.fault('invalid-lock', 'The file has no "lock-version" in "metadata": it is no poetry.lock.');
  else if (!/^[12]\.[0-9]+$/.test(version))
    at?.fault(
      'unsupported-lock',
      `The file has lock-version ${quoted(version)}, and 1.x and 2.x are known: post the list of "poetry export".`,
    );
}

function warnUngrouped(root: Entry): void {
  root.document.warn(
    root.document.lineOf(/^\s*lock-version\s*=/) ?? 1,
    'ungrouped-lock',
    'This version of the lock does not say which groups and platforms a package is for: every package is taken that is not optional. Lock it with Poetry 2, or post the list of "poetry export".',
  );
}

function groupsOf(entry: Entry): string[] | undefined {
  if (entry.has('groups')) return entry.texts('groups');
  const category = entry.text('category');
  return category === undefined ? undefined : [category];
}

/** Where versions 1.0 and 1.1 keep the files of all packages. */
function filesByName(metadata: Entry | undefined): Map<string, Entry[]> {
  const files = metadata?.table('files');
  return new Map(files?.keys().map((name) => [canonicalExtra(name), files.tables(name)]));
}

/** What the selected extras name, and all that it depends on. */
function neededByExtras(packages: readonly Entry[], extras: Entry | undefined, chosen: Selected): Set<string> {
  const wanted = extras?.keys().filter((one) => chosen.extras.has(canonicalExtra(one))) ?? [];
  const open = wanted
    .flatMap((one) => extras?.texts(one) ?? [])
    .map((one) => canonicalExtra(one.replace(/[\s([<>=!~;].*$/s, '')));
  const dependencies = new Map(
    packages.map((one) => [canonicalName(one), (one.has('dependencies') && one.table('dependencies')?.keys()) || []]),
  );
  const needed = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (needed.has(next)) continue;
    needed.add(next);
    open.push(...(dependencies.get(next) ?? []).map(canonicalExtra));
  }
  return needed;
}

function readPackage(
  entry: Entry,
  groups: readonly string[] | undefined,
  chosen: Selected,
  files: ReadonlyMap<string, readonly Entry[]>,
): Requirement | undefined {
  const written = poetryMarker(entry, groups, chosen);
  const marker = typeof written === 'object' ? selectMarker(written, chosen) : written;
  if (marker === undefined || marker === false) return undefined;
  const source = entry.table('source')?.text('type');
  if (source !== undefined && refuseForeign(entry, source)) return undefined;
  const name = entry.text('name');
  const listed = files.get(canonicalExtra(name ?? '')) ?? entry.tables('files');
  const hashes = listed.flatMap((one) => one.text('hash') ?? []);
  return lockedRequirement(entry, { name, version: entry.text('version'), marker, hashes });
}

/** `markers` is one marker for all groups, or a table with one for each group that has any. */
function poetryMarker(
  entry: Entry,
  groups: readonly string[] | undefined,
  chosen: Selected,
): Marker | boolean | undefined {
  if (typeof entry.value('markers') === 'string' || !entry.has('markers')) return markerOf(entry, 'markers');
  const byGroup = entry.table('markers');
  if (byGroup === undefined) return undefined;
  const wanted = (groups ?? [MAIN]).filter((one) => chosen.groups.has(canonicalExtra(one)));
  const markers = wanted.map((one) => markerOf(byGroup, one));
  return markers.includes(undefined) ? undefined : anyOf(markers.map((one) => one ?? true));
}
