import type { Part } from '../part.ts';
import type { ReferenceRow } from '../reference/reference-row.ts';
import { aboutTable } from './about-table.ts';
import { share } from './goal.ts';

/** What the reference run was; its rows are in the table of the builds. */
export function referenceSection({ about, rows }: Part<ReferenceRow>): string {
  const built = rows.filter((row) => row.state === 'built').length;
  return [
    '## The reference\n',
    `\`pip wheel --no-deps --no-binary\` of each project, in the build image with a fixed set of \`-dev\` packages and tools and an open`,
    `network, builds ${share(built, rows.length)}. It was run, and committed, before the first run of Wheelmill's own.\n`,
    aboutTable(about),
  ].join('\n');
}
