/*
 * `pyproject.toml`: https://packaging.python.org/en/latest/specifications/pyproject-toml/ and dependency groups (PEP 735).
 *
 * Taken: `project.dependencies`; `project.optional-dependencies` as extras, also where one names others by the project's
 * own name (`all = ["demo[http,cli]"]`); `dependency-groups` with `include-group`. Without a selection: the dependencies
 * alone, as pip does. Nothing in it is pinned unless it says so: the list is resolved on the target.
 * Refused: `dynamic` dependencies, requirements by URL, those that `tool.uv.sources` takes from elsewhere than an index,
 * and projects that have their dependencies in `tool.poetry`.
 * Compared with the target, which must fit: `requires-python`.
 * Ignored: `build-system`, the other settings of tools.
 */
import { quoted } from '../faults.ts';
import { isFinding, orFault } from '../list-finding.ts';
import { refuseForeignSource } from '../list-kinds.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import type { Requirement } from '../records/requirement.ts';
import { parseRequirement } from '../requirement.ts';
import { groupRequirements } from './dependency-groups.ts';
import { isTable, type ListDocument } from './document.ts';
import { Entry } from './entry.ts';
import { type Reading, refuseForeign } from './locked.ts';
import { madeFor } from './made-for.ts';
import { MAX_PACKAGES } from './packages.ts';
import { type Selected, type Selection, selected } from './selection.ts';

export function readPyproject(document: ListDocument, selection: Selection): Reading {
  const root = new Entry(document, document.root);
  const project = tableAt(root, 'project');
  const groups = tableAt(root, 'dependency-groups');
  const optional = project?.table('optional-dependencies');
  const choices = { extras: optional?.keys() ?? [], groups: groups?.keys() ?? [] };
  const chosen = selected(selection);
  if (project) checkDynamic(project, chosen);
  checkPoetry(root, project);
  const texts = [
    ...(project?.texts('dependencies') ?? []),
    ...(optional ? optionalTexts(optional, chosen.extras) : []),
    ...(groups ? groupRequirements(groups, chosen.groups) : []),
  ];
  if (texts.length > MAX_PACKAGES) {
    root.fault('list-too-large', `The file names more than ${MAX_PACKAGES} requirements.`);
    return { requirements: [], choices };
  }
  const requirements = new Requirements(root, project, optional).read(texts);
  return { requirements, choices, ...(project && { madeFor: madeFor(project) }) };
}

/** A top-level table with the line of its header. */
function tableAt(root: Entry, key: string): Entry | undefined {
  const line = root.document.lineOf(new RegExp(`^\\s*\\[\\s*${key}\\s*[\\].]`)) ?? 1;
  return root.table(key)?.as(`[${key}]`, line);
}

function checkDynamic(project: Entry, { extras }: Selected): void {
  const dynamic = project.texts('dynamic');
  for (const field of ['dependencies', ...(extras.size > 0 ? ['optional-dependencies'] : [])])
    if (dynamic.includes(field))
      project.fault(
        'unsupported-lock',
        `The build backend computes ${quoted(field)} ("dynamic"): post a list that pip-compile or "uv pip compile" makes of this file.`,
      );
}

function checkPoetry(root: Entry, project: Entry | undefined): void {
  if (project?.has('dependencies')) return;
  const tool = root.table('tool');
  if (tool?.has('poetry') && tool.table('poetry')?.has('dependencies'))
    root.document.fault(
      root.document.lineOf(/^\s*\[\s*tool\.poetry\.dependencies/) ?? 1,
      'unsupported-lock',
      "The dependencies are in Poetry's own table, whose versions only Poetry reads: post its poetry.lock.",
    );
}

function optionalTexts(optional: Entry, extras: ReadonlySet<string>): string[] {
  return optional
    .keys()
    .filter((one) => extras.has(canonicalExtra(one)))
    .flatMap((one) => optional.texts(one));
}

/** Turns the texts of requirements into requirements, each once. */
class Requirements {
  readonly #root: Entry;
  readonly #name: string | undefined;
  readonly #optional: Entry | undefined;
  readonly #sources: Map<string, unknown>;

  constructor(root: Entry, project: Entry | undefined, optional: Entry | undefined) {
    this.#root = root;
    const name = project?.value('name');
    this.#name = typeof name === 'string' ? canonicalExtra(name) : undefined;
    this.#optional = optional;
    const uv = root.has('tool') ? root.table('tool') : undefined;
    const sources = uv?.has('uv') ? uv.table('uv')?.table('sources') : undefined;
    this.#sources = new Map(sources?.keys().map((one) => [canonicalExtra(one), sources.value(one)]));
  }

  read(texts: readonly string[]): Requirement[] {
    const requirements: Requirement[] = [];
    const seen = new Set(texts);
    // Texts that the project's own extras add are appended while this runs; each is read once, so it ends.
    for (const text of seen) {
      const at = this.#root.as(quoted(text), this.#root.document.textLine(text) ?? 1);
      const one = refuseForeignSource(text) ?? orFault(() => parseRequirement(text));
      if (isFinding(one)) at.fault(one.code, `${at.what}: ${one.message}`);
      else if (one.name !== this.#name)
        requirements.push(...this.#fromIndex(at, { ...one, hashes: [], line: at.line }));
      else if (this.#optional) for (const other of optionalTexts(this.#optional, new Set(one.extras))) seen.add(other);
    }
    return requirements;
  }

  #fromIndex(at: Entry, requirement: Requirement): Requirement[] {
    const value = this.#sources.get(requirement.name);
    const tables = (Array.isArray(value) ? value : [value]).filter(isTable);
    const kinds = tables.flatMap((one) => Object.keys(one)).map((kind) => (kind === 'workspace' ? 'directory' : kind));
    const what = at.as(requirement.name);
    return kinds.some((kind) => refuseForeign(what, kind)) ? [] : [requirement];
  }
}
