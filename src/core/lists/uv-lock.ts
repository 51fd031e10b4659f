/*
 * `uv.lock`, version 1 (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile; the format is what `uv lock` writes).
 *
 * A lock of uv does not say of a package when it is needed: that follows from the markers of the dependencies that lead to
 * it from the project (uv-graph.ts). Packages in several versions are told apart by the version in the dependency.
 *
 * Taken: what the project (`source` is ".") needs, or every member of a workspace whose root is no project; its extras
 * (`optional-dependencies`) and groups (`dev-dependencies`); hashes of `sdist` and `wheels`. Without a selection: the project
 * and the group "dev", as `uv sync` does.
 * Skipped with a warning: other members of the workspace, whose dependencies are taken.
 * Refused: other versions, `conflicts`, packages of `git`, `url`, `path`, `directory` sources.
 * Compared with the target, which must fit: `requires-python` and `supported-markers` (uv's setting `environments`).
 * Ignored: the URLs of indexes (the server asks its own upstream), `resolution-markers`, `required-markers`.
 */
import type { Marker } from '../marker.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import type { Requirement } from '../records/requirement.ts';
import { isTable, type ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { lockedRequirement, markerOf, type Reading, refuseForeign } from './locked.ts';
import { madeFor } from './made-for.ts';
import { canonicalName, packageEntries } from './packages.ts';
import { NO_CHOICES, type Selected, type Selection, selected } from './selection.ts';
import { type Edge, reachability } from './uv-graph.ts';

/** uv's own default for `default-groups`, which stands in pyproject.toml and not in the lock. */
const DEFAULT_GROUPS = ['dev'];

export function readUvLock(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  const packages = new UvPackages(packageEntries(document, 'package'));
  if (root.value('version') !== 1)
    return refused(root.as('The file', document.lineOf(/^\s*version\s*=/) ?? 1), 'has another version than 1');
  const conflicts = root.value('conflicts');
  if (Array.isArray(conflicts) && conflicts.length > 0)
    return refused(
      root.as('The file', document.lineOf(/^\s*conflicts\s*=/) ?? 1),
      'has extras or groups that conflict',
    );
  const manifest = root.table('manifest');
  const members = new Set(manifest?.texts('members').map(canonicalExtra));
  const projects = packages.projects(members);
  const ofRoot = manifest?.table('dependency-groups');
  const ofScript = manifest?.tables('requirements') ?? [];
  if (projects.length === 0 && ofScript.length === 0 && !ofRoot) {
    root.fault('invalid-lock', 'The file has no project: it is no uv.lock, or one of a workspace without members.');
    return { requirements: [], choices: NO_CHOICES };
  }
  const choices = {
    extras: [...new Set(projects.flatMap(extrasOf))],
    groups: [...new Set([...projects.flatMap(groupsOf), ...(ofRoot?.keys() ?? [])])],
  };
  const chosen = selected(selection, DEFAULT_GROUPS);
  const roots = [
    ...projects.flatMap((one) => packages.rootEdges(one, chosen)),
    ...ofScript.flatMap((one) => packages.edge(one)),
    ...(ofRoot ? chosenKeys(ofRoot, chosen.groups).flatMap((key) => ofRoot.tables(key)) : []).flatMap((one) =>
      packages.edge(one),
    ),
  ];
  const reached = reachability(roots, (node) => packages.edges(node));
  if (!reached) return refused(root, 'has packages that are needed under too many different markers');
  const requirements = packages.requirements(reached, new Set([...projects, ...packages.named(members)]));
  return { requirements, choices, madeFor: madeFor(root, 'supported-markers') };
}

function refused(at: Entry, why: string): Reading {
  at.fault(
    'unsupported-lock',
    `${at.what} ${why}, which is not read: post the list of "uv export" with the extras and groups you install.`,
  );
  return { requirements: [], choices: NO_CHOICES };
}

function extrasOf(project: Entry): string[] {
  return [
    ...(project.table('optional-dependencies')?.keys() ?? []),
    ...(project.table('metadata')?.texts('provides-extras') ?? []),
  ];
}

function groupsOf(project: Entry): string[] {
  const declared = project.table('metadata')?.table('requires-dev');
  return [...(project.table('dev-dependencies')?.keys() ?? []), ...(declared?.keys() ?? [])];
}

function chosenKeys(table: Entry, names: ReadonlySet<string>): string[] {
  return table.keys().filter((one) => names.has(canonicalExtra(one)));
}

/** Of one package: a lock has one for each fork of its resolution. */
const MAX_VERSIONS = 100;

/** The packages of a lock as a graph: nodes are a package by itself and a package with one of its extras. */
class UvPackages {
  readonly #entries: readonly Entry[];
  readonly #byName = new Map<string, number[]>();
  /** The extras of each package, by their normalised names. */
  readonly #extras = new Map<number, Map<string, string>>();

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    for (const [at, entry] of entries.entries()) {
      const name = canonicalName(entry);
      const same = this.#byName.get(name);
      if (same) same.push(at);
      else this.#byName.set(name, [at]);
    }
  }

  /** The project in the root folder; of a workspace that has none there, its members. */
  projects(members: ReadonlySet<string>): Entry[] {
    const inRoot = this.#entries.filter((one) => folderOf(one) === '.');
    return inRoot.length > 0 ? inRoot : this.named(members);
  }

  named(names: ReadonlySet<string>): Entry[] {
    return [...names].flatMap((one) => this.#byName.get(one) ?? []).map((at) => this.#entries[at]!);
  }

  rootEdges(project: Entry, { extras, groups }: Selected): Edge[] {
    const at = this.#entries.indexOf(project);
    const optional = project.table('optional-dependencies');
    const ofGroups = project.table('dev-dependencies');
    return [
      { to: `${at}:`, marker: true },
      ...(optional ? chosenKeys(optional, extras).map((key): Edge => ({ to: `${at}:${key}`, marker: true })) : []),
      ...(ofGroups
        ? chosenKeys(ofGroups, groups)
            .flatMap((key) => ofGroups.tables(key))
            .flatMap((one) => this.edge(one))
        : []),
    ];
  }

  edges(node: string): Edge[] {
    const split = node.indexOf(':');
    const entry = this.#entries[Number(node.slice(0, split))]!;
    const extra = node.slice(split + 1);
    const dependencies =
      extra === '' ? entry.tables('dependencies') : (entry.table('optional-dependencies')?.tables(extra) ?? []);
    return dependencies.flatMap((one) => this.edge(one));
  }

  /** What a dependency leads to: its package, and that package with each extra it asks for. */
  edge(dependency: Entry): Edge[] {
    const marker = markerOf(dependency, 'marker');
    const name = dependency.text('name');
    if (marker === undefined) return [];
    const at = name === undefined ? undefined : this.#find(dependency, name);
    if (at === undefined)
      return (
        dependency.fault(
          'invalid-lock',
          `${dependency.what} depends on ${name ?? 'something without a name'}, which the file does not lock, or not once.`,
        ) ?? []
      );
    const known = this.#extrasOf(at);
    const extras = dependency.texts('extra').flatMap((one) => known.get(canonicalExtra(one)) ?? []);
    return ['', ...new Set(extras)].map((extra) => ({ to: `${at}:${extra}`, marker }));
  }

  requirements(reached: ReadonlyMap<string, Marker | true>, local: ReadonlySet<Entry>): Requirement[] {
    return this.#entries.flatMap((entry, at) => {
      const marker = reached.get(`${at}:`);
      if (marker === undefined || (local.has(entry) && folderOf(entry) === '.')) return [];
      if (local.has(entry))
        return (
          entry.warn(
            'project-skipped',
            `${entry.what} is a member of the workspace and left out: install it from its sources.`,
          ) ?? []
        );
      return readPackage(entry, marker) ?? [];
    });
  }

  #extrasOf(at: number): ReadonlyMap<string, string> {
    const known = this.#extras.get(at);
    if (known) return known;
    const keys = this.#entries[at]!.table('optional-dependencies')?.keys() ?? [];
    const extras = new Map(keys.map((key) => [canonicalExtra(key), key]));
    this.#extras.set(at, extras);
    return extras;
  }

  #find(dependency: Entry, name: string): number | undefined {
    const { version, source } = { version: dependency.value('version'), source: dependency.value('source') };
    const named = this.#byName.get(canonicalExtra(name)) ?? [];
    if (named.length > MAX_VERSIONS) return undefined;
    const found = named.filter((at) => {
      const entry = this.#entries[at]!;
      return (
        (version === undefined || entry.value('version') === version) &&
        (source === undefined || same(entry.value('source'), source))
      );
    });
    return found.length === 1 ? found[0] : undefined;
  }
}

/** Sources are tables of texts. */
function same(one: unknown, other: unknown): boolean {
  if (!isTable(one) || !isTable(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Kinds of sources that are folders: a project, one that is no package, one installed as it is. */
function folderOf(entry: Entry): unknown {
  const source = entry.table('source');
  return source?.value('editable') ?? source?.value('virtual') ?? source?.value('directory');
}

function readPackage(entry: Entry, marker: Marker | true): Requirement | undefined {
  const source = entry.table('source');
  if (source?.keys().some((kind) => refuseForeign(entry, kind))) return undefined;
  const sdist = entry.table('sdist');
  const files = [...(sdist ? [sdist] : []), ...entry.tables('wheels')];
  const hashes = files.flatMap((one) => one.text('hash') ?? []);
  return lockedRequirement(entry, { name: entry.text('name'), version: entry.text('version'), marker, hashes });
}
