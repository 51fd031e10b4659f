import { table } from '../../scripts/docs/table.ts';
import type { Part } from '../part.ts';
import type { VerificationRow } from '../verification/verification-row.ts';
import { aboutTable } from './about-table.ts';
import { GOAL_HEAD, type Goal, goalCells, share } from './goal.ts';

const SAME_GOAL = 0.8;

/** How many wheels come out the same, byte for byte. */
export function verificationGoal(rows: readonly VerificationRow[]): Goal {
  const same = rows.filter(({ state }) => state === 'same bytes').length;
  return {
    what: 'built again with identical bytes',
    value: share(same, rows.length),
    goal: `>= ${SAME_GOAL * 100} %`,
    isMet: rows.length > 0 && same >= SAME_GOAL * rows.length,
  };
}

export function verificationSection({ about, rows }: Part<VerificationRow>): string {
  return [
    '## Building again\n',
    'A [verification rebuild](architecture.md#reproducibility) of projects that are spread evenly over the list.\n',
    table(GOAL_HEAD, [goalCells(verificationGoal(rows))]),
    aboutTable(about),
    table(
      ['Project', 'Version', 'Result', 'What differs', 'Seconds'],
      rows.map(({ name, version, state, why = '', seconds }) => [name, version, state, why, String(seconds)]),
    ),
  ].join('\n');
}
