/*
 * The lists of `fixtures/lists`: `<case>.txt`, or a folder `<case>` of files that were sent together, with the outcome
 * in `<case>.json`: requirements and constraints as `place text`, faults and warnings as `place code`, empty ones left out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ListFile, Lists } from '../../src/core/read-lists.ts';
import { formatRequirement } from '../../src/core/requirement.ts';

/** What is in a `<case>.json`. */
export type Outcome = {
  about: string;
  /** Files to start from, as pip is given them: `requirements.txt` unless said. */
  roots?: string[];
  sentAsConstraints?: string[];
  requirements?: string[];
  constraints?: string[];
  options?: Lists['options'];
  faults?: string[];
  warnings?: string[];
};

export type CorpusCase = { name: string; files: ListFile[]; outcome: Outcome };

const folder = fileURLToPath(new URL('./fixtures/lists', import.meta.url));

function filesOf(name: string, constraints: readonly string[]): ListFile[] {
  const inside = join(folder, name);
  return readdirSync(inside, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const file = relative(inside, path);
      return {
        name: file,
        bytes: readFileSync(path),
        role: constraints.includes(file) ? 'constraints' : 'requirements',
      };
    });
}

export function corpus(): CorpusCase[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const lists = entries.filter((entry) => entry.isDirectory() || entry.name.endsWith('.txt'));
  return lists.map((entry) => {
    const name = entry.name.replace(/\.txt$/, '');
    const outcome = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Outcome;
    const bytes = (): Buffer => readFileSync(join(folder, entry.name));
    const files: ListFile[] = entry.isDirectory()
      ? filesOf(name, outcome.sentAsConstraints ?? [])
      : [{ name: 'requirements.txt', bytes: bytes(), role: 'requirements' }];
    return { name, files, outcome };
  });
}

const placeOf = ({ file, line }: { file?: string; line: number }): string =>
  file === undefined ? `${line}` : `${file}:${line}`;

/** What a reading gave, in the words of a `<case>.json`. */
export function outcomeOf({ requirements, constraints, options, faults, warnings }: Lists): Omit<Outcome, 'about'> {
  const parts: [string, unknown[]][] = [
    ['requirements', requirements.map((one) => `${placeOf(one)} ${formatRequirement(one)}`)],
    ['constraints', constraints.map((one) => `${placeOf(one)} ${formatRequirement(one)}`)],
    ['faults', faults.map((one) => `${placeOf(one)} ${one.code}`)],
    ['warnings', warnings.map((one) => `${placeOf(one)} ${one.code}`)],
  ];
  const said = Object.fromEntries(parts.filter(([, all]) => all.length > 0));
  return { ...said, ...(Object.keys(options).length > 0 && { options }) };
}
