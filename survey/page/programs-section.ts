import { table } from '../../scripts/docs/table.ts';
import type { Part } from '../part.ts';
import type { ProgramsRow } from '../programs/programs-row.ts';
import { aboutTable } from './about-table.ts';

/** What hints at missing programs would say. */
export function programsSection({ about, rows }: Part<ProgramsRow>): string {
  return [
    '## Programs that wheels call\n',
    'Names that are handed to `subprocess`, `shutil.which` and `os.exec*` in the Python files of the wheels that this survey has built or taken from upstream, looked for',
    'in the runtime image. Wheelmill gives no hints of these: [why](runtime-needs.md#programs).\n',
    aboutTable(about),
    table(
      ['Wheel', 'Calls, and slim has not', 'Calls, and slim has'],
      rows.map(({ wheel, missing, there }) => [wheel, missing.join(' '), there.join(' ')]),
    ),
  ].join('\n');
}
