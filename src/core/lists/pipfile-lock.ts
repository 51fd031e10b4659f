/*
 * `Pipfile.lock`, pipfile-spec 6 (https://pipenv.pypa.io/): JSON with one object a category, in it one object a package.
 *
 * Taken: `default`; `develop` (also as "dev") and categories of one's own as groups; `version`, `markers`, `extras`, `hashes`.
 * Skipped with a warning: the project itself (`path` is ".").
 * Refused: version control, `path`, `file`, packages without a version.
 * Ignored: `index` and `_meta.sources` (the server asks its own upstream).
 */
import { canonicalExtra } from '../marker-syntax.ts';
import type { Requirement } from '../records/requirement.ts';
import { isTable, type ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { lockedRequirement, markerOf, type Reading, refuseForeign, skipProject } from './locked.ts';
import { MAX_PACKAGES, shownName } from './packages.ts';
import { type Selection, selected } from './selection.ts';

const DEFAULT = 'default';

export function readPipfileLock(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  checkSpec(root);
  const chosen = selected(selection, [DEFAULT]).groups;
  const categories = root.keys().filter((one) => one !== '_meta');
  const wanted = categories.filter(
    (one) =>
      chosen.has(canonicalExtra(one)) || (one === 'develop' && (chosen.has('dev') || chosen.has('dev-packages'))),
  );
  const groups = categories.includes('develop') ? [...categories, 'dev', 'dev-packages'] : categories;
  return { requirements: wanted.flatMap((one) => readCategory(root, one)), choices: { extras: [], groups } };
}

function checkSpec(root: Entry): void {
  const meta = root.table('_meta');
  if (!root.has('_meta')) root.fault('invalid-lock', 'The file has no "_meta": it is no Pipfile.lock.');
  if (!meta || meta.value('pipfile-spec') === 6) return;
  const line = root.document.keyLine('pipfile-spec') ?? 1;
  meta
    .as('The file', line)
    .fault(
      'unsupported-lock',
      'Only "pipfile-spec" 6 is known: lock again with a newer Pipenv, or post the list of "pipenv requirements".',
    );
}

function readCategory(root: Entry, category: string): Requirement[] {
  const packages = root.table(category);
  const names = packages?.keys() ?? [];
  if (names.length > MAX_PACKAGES) {
    root.fault('list-too-large', `The file locks more than ${MAX_PACKAGES} packages.`);
    return [];
  }
  const { document } = root;
  const start = document.keyLine(category) ?? 1;
  return names.flatMap((name) => {
    const value = packages?.value(name);
    const table = isTable(value) ? value : typeof value === 'string' ? { version: value } : undefined;
    const entry = new Entry(document, table ?? {}, shownName(name), document.keyLine(name, start) ?? start);
    if (table !== undefined) return readPackage(entry, name) ?? [];
    return entry.fault('invalid-lock', `${entry.what} must be an object.`) ?? [];
  });
}

const FOREIGN = ['git', 'hg', 'svn', 'bzr', 'path', 'file'];

function readPackage(entry: Entry, name: string): Requirement | undefined {
  const path = entry.value('path');
  if (path === '.' || path === './') return skipProject(entry);
  if (FOREIGN.some((kind) => entry.has(kind) && refuseForeign(entry, kind))) return undefined;
  const marker = markerOf(entry, 'markers');
  if (marker === undefined) return undefined;
  return lockedRequirement(entry, {
    name,
    version: pinOf(entry),
    extras: entry.texts('extras'),
    marker,
    hashes: entry.texts('hashes'),
  });
}

/** Of `==1.2` what follows the signs; anything else is no pin. */
function pinOf(entry: Entry): string | undefined {
  return /^===?\s*([^=].*)$/s.exec(entry.text('version') ?? '')?.[1];
}
