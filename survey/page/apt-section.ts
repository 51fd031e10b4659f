import { table } from '../../scripts/docs/table.ts';
import { type AptRow, isExact } from '../apt/apt-row.ts';
import type { Part } from '../part.ts';
import { aboutTable } from './about-table.ts';
import { GOAL_HEAD, type Goal, goalCells, share } from './goal.ts';

/** How many lines are exact; of all lists, nothing less will do. */
export function aptGoal(rows: readonly AptRow[]): Goal {
  const exact = rows.filter(isExact).length;
  return {
    what: 'lists whose apt line is exact',
    value: share(exact, rows.length),
    goal: 'all',
    isMet: rows.length > 0 && exact === rows.length,
  };
}

export function aptSection({ about, rows }: Part<AptRow>): string {
  return [
    '## Libraries from Debian packages\n',
    'Lists whose projects have `libraries: apt`. The slim image gets exactly the packages of the line that Wheelmill gives, and the wheels;',
    'then every module is imported and every ELF file resolved. The same is done without each single package (`apt-get autoremove`), unless',
    'another one of the line depends on it: something has to break then.\n',
    table(GOAL_HEAD, [goalCells(aptGoal(rows))]),
    aboutTable(about),
    table(
      ['List', 'Imports, ELF files', 'With the line', 'Package', 'Without it'],
      rows.flatMap((row) => lines(row)),
    ),
  ].join('\n');
}

/** A list takes a row for each package of its line. */
function lines(row: AptRow): string[][] {
  const list = row.projects.join(' ');
  if (row.failure !== undefined) return [[list, '', `not built: ${row.failure}`, '', '']];
  const first = [list, `${row.imports}, ${row.files}`, row.broken.length === 0 ? 'all load' : row.broken.join('; ')];
  const each = row.without.map(({ package: name, impliedBy, breaks }) => [
    name,
    impliedBy.length > 0 ? `needed by ${impliedBy.join(', ')}` : (breaks ?? '**nothing breaks**'),
  ]);
  if (each.length === 0) return [[...first, '', '']];
  return each.map((cells, at) => [...(at === 0 ? first : ['', '', '']), ...cells]);
}
