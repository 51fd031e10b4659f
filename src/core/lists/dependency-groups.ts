import { quoted } from '../faults.ts';
import { canonicalExtra } from '../marker-syntax.ts';
import { isTable } from './document.ts';
import type { Entry } from './entry.ts';

/*
 * The `[dependency-groups]` table of pyproject.toml:
 * https://packaging.python.org/en/latest/specifications/dependency-groups/ (PEP 735)
 */

/** Groups that include groups that include groups: nobody writes more, and a stack ends somewhere. */
const MAX_DEPTH = 50;

/** The requirements of some groups, those of included groups among them, each group once. */
export function groupRequirements(table: Entry, wanted: ReadonlySet<string>): string[] {
  const byName = new Map<string, string>();
  for (const key of table.keys()) {
    const name = canonicalExtra(key);
    if (byName.has(name))
      faultAt(table, key, `Two dependency groups are called ${quoted(name)}: names are compared normalised.`);
    byName.set(name, key);
  }
  const requirements: string[] = [];
  const done = new Set<string>();
  const read = (key: string, path: readonly string[]): void => {
    const looped = path.includes(key) || path.length > MAX_DEPTH;
    if (looped)
      faultAt(
        table,
        key,
        `The dependency group ${quoted(key)} includes itself, or groups more than ${MAX_DEPTH} deep.`,
      );
    if (looped || done.has(key)) return;
    done.add(key);
    const { texts, included } = membersOf(table, key);
    requirements.push(...texts);
    for (const name of included) {
      const other = byName.get(canonicalExtra(name));
      if (other !== undefined) read(other, [...path, key]);
      else faultAt(table, key, `The dependency group ${quoted(key)} includes ${quoted(name)}, which there is not.`);
    }
  };
  for (const [name, key] of byName) if (wanted.has(name)) read(key, []);
  return requirements;
}

function membersOf(table: Entry, key: string): { texts: string[]; included: Set<string> } {
  const value = table.value(key);
  const members: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = members.filter((one) => typeof one === 'string');
  const names = members.filter((one) => typeof one !== 'string').map(includedIn);
  if (!Array.isArray(value) || names.includes(undefined))
    faultAt(
      table,
      key,
      `The dependency group ${quoted(key)} must be an array of requirements and { include-group = "name" }.`,
    );
  return { texts, included: new Set(names.filter((one) => one !== undefined)) };
}

function includedIn(member: unknown): string | undefined {
  const included = isTable(member) && Object.keys(member).length === 1 ? member['include-group'] : undefined;
  return typeof included === 'string' ? included : undefined;
}

function faultAt(table: Entry, key: string, message: string): void {
  table.document.fault(table.document.lineOf(key, table.line) ?? table.line, 'invalid-lock', message);
}
