/*
 * `pylock.toml` and `pylock.<name>.toml`: https://packaging.python.org/en/latest/specifications/pylock-toml/ (PEP 751)
 *
 * Taken: packages with `wheels` or `sdist`, the hashes of all their files, `marker` with its lists `extras` and
 * `dependency_groups`. `default-groups` are selected unless they are left out.
 * Compared with the target, which must fit: `requires-python` and `environments`.
 * Skipped with a warning: a `directory` that is the project itself.
 * Refused: a `lock-version` other than 1.x, `vcs`, `archive` and other `directory` packages, files without hashes.
 * Ignored: `index` and URLs (the server asks its own upstream), `dependencies`, attestations, `tool`.
 */
import { quoted } from '../faults.ts';
import type { Requirement } from '../records/requirement.ts';
import { parseSdistFilename } from '../sdist-filename.ts';
import { parseWheelFilename } from '../wheel-filename.ts';
import type { ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { lockedRequirement, markerOf, type Reading, refuseForeign, skipProject } from './locked.ts';
import { madeFor } from './made-for.ts';
import { packageEntries } from './packages.ts';
import { type Selected, type Selection, selected, selectMarker } from './selection.ts';

export function readPylock(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  checkVersion(root);
  const choices = { extras: root.texts('extras'), groups: root.texts('dependency-groups') };
  const chosen = selected(selection, root.texts('default-groups'));
  if (!root.has('packages')) root.fault('invalid-lock', 'The file has no "packages": it is no pylock.toml (PEP 751).');
  const requirements = packageEntries(document, 'packages').flatMap((one) => readPackage(one, chosen) ?? []);
  return { requirements, choices, madeFor: madeFor(root, 'environments') };
}

function checkVersion(root: Entry): void {
  const line = root.document.lineOf(/^\s*lock-version\s*=/) ?? 1;
  const at = root.as('The file', line);
  const version = at.text('lock-version');
  if (version === undefined) {
    if (!at.has('lock-version'))
      at.fault('invalid-lock', 'The file has no "lock-version": it is no pylock.toml (PEP 751).');
  } else if (!/^1(\.[0-9]+)*$/.test(version)) {
    at.fault(
      'unsupported-lock',
      `The file has lock-version ${quoted(version)}, and only 1.0 is known: export it as 1.0.`,
    );
  } else if (version !== '1.0') {
    at.warn('newer-lock', `The file has lock-version ${quoted(version)}: what is newer than 1.0 in it is not read.`);
  }
}

function readPackage(entry: Entry, chosen: Selected): Requirement | undefined {
  const written = markerOf(entry, 'marker', { ofLockFile: true });
  if (written === undefined) return undefined;
  const marker = written === true || selectMarker(written, chosen);
  if (marker === false) return undefined;
  if (isProject(entry)) return skipProject(entry);
  for (const kind of ['vcs', 'directory', 'archive'])
    if (entry.has(kind) && refuseForeign(entry, kind)) return undefined;
  const sdist = entry.table('sdist');
  const files = [...entry.tables('wheels'), ...(sdist ? [sdist] : [])];
  if (files.length === 0)
    return entry.fault('invalid-lock', `${entry.what} has neither wheels nor an sdist: lock the project again.`);
  return lockedRequirement(entry, {
    name: entry.text('name'),
    version: entry.has('version') ? entry.text('version') : versionOf(entry, files),
    marker,
    hashes: files.flatMap(hashesOf),
  });
}

function isProject(entry: Entry): boolean {
  const path = entry.has('directory') ? entry.table('directory')?.value('path') : undefined;
  return path === '.' || path === './';
}

/** The first one is taken: it is what indexes give. Weak ones prove nothing. */
const STRONG = ['sha256', 'sha384', 'sha512'];

function hashesOf(file: Entry): string[] {
  const hashes = file.table('hashes');
  const strong = STRONG.find((one) => hashes?.has(one));
  if (strong !== undefined) {
    const digits = hashes?.text(strong);
    return digits === undefined ? [] : [`${strong}:${digits}`];
  }
  if (hashes || !file.has('hashes'))
    file.fault('invalid-hash', `${file.what} has a file without a sha256 hash: lock the project again.`);
  return [];
}

/** The version is not required to be told twice. */
function versionOf(entry: Entry, files: readonly Entry[]): string | undefined {
  const [file] = files;
  const name = file?.text('name') ?? file?.text('url') ?? file?.text('path') ?? '';
  const filename = name.slice(name.lastIndexOf('/') + 1).replace(/[?#].*$/, '');
  return entry.parsed(() => (filename.endsWith('.whl') ? parseWheelFilename(filename) : parseSdistFilename(filename)))
    ?.version;
}
