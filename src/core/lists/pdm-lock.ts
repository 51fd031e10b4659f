/*
 * `pdm.lock`, lock_version 4.x (https://pdm-project.org/; the format is what `pdm lock` writes).
 *
 * Taken: `groups` (to PDM extras are groups too), `marker`, hashes of `files`. Without a selection: the group "default".
 * A lock made without the strategy `inherit_metadata` has neither: all is taken, with a warning.
 * Refused: `git`, `url` and `path` packages, other lock versions.
 * Ignored: `requires_python`, `dependencies`, `metadata.targets`.
 */
import { quoted } from '../faults.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import type { Requirement } from '../records/requirement.ts';
import type { ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { lockedRequirement, markerOf, type Reading, refuseForeign } from './locked.ts';
import { packageEntries } from './packages.ts';
import { type Selection, selected } from './selection.ts';

const DEFAULT = 'default';

export function readPdmLock(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  const metadata = root.table('metadata');
  const version = metadata?.text('lock_version');
  const line = document.lineOf(/^\s*lock_version\s*=/) ?? 1;
  if (version === undefined)
    root.fault('invalid-lock', 'The file has no "lock_version" in "metadata": it is no pdm.lock.');
  else if (!/^4(\.[0-9]+)*$/.test(version))
    document.fault(
      line,
      'unsupported-lock',
      `The file has lock_version ${quoted(version)}, and only 4.x is known: post the list of "pdm export".`,
    );
  const packages = packageEntries(document, 'package');
  if (packages.length > 0 && !packages.some((one) => one.has('groups')))
    document.warn(
      line,
      'ungrouped-lock',
      'The lock does not say which groups and platforms a package is for: every package is taken. Lock it with the strategy "inherit_metadata", or post the list of "pdm export".',
    );
  // To PDM an extra is a group, whichever of the two it is called here.
  const groups = metadata?.texts('groups') ?? [];
  const { groups: named, extras } = selected(selection, [DEFAULT]);
  const wanted = new Set([...named, ...extras]);
  const requirements = packages
    .filter((one) => !one.has('groups') || one.texts('groups').some((group) => wanted.has(canonicalExtra(group))))
    .flatMap((one) => readPackage(one) ?? []);
  return { requirements, choices: { extras: groups, groups } };
}

function readPackage(entry: Entry): Requirement | undefined {
  if (['git', 'hg', 'svn', 'bzr', 'url', 'path'].some((kind) => entry.has(kind) && refuseForeign(entry, kind)))
    return undefined;
  const marker = markerOf(entry, 'marker');
  if (marker === undefined) return undefined;
  const hashes = entry.tables('files').flatMap((one) => one.text('hash') ?? []);
  // An entry for extras of a package stands beside that of the package itself, with the same version and files.
  return lockedRequirement(entry, { name: entry.text('name'), version: entry.text('version'), marker, hashes });
}
