import { median } from '../../bench/report.ts';
import { table } from '../../scripts/docs/table.ts';
import type { LayersRow } from '../layers/layers-row.ts';
import type { Part } from '../part.ts';
import { aboutTable } from './about-table.ts';
import { GOAL_HEAD, type Goal, goalCells } from './goal.ts';

const BYTES_GOAL = 0.75;
const MB = 1e6;

const total = ({ bytes }: LayersRow): number => bytes.reduce((sum, one) => sum + one, 0);

/** Ours against the usual way: what the layers hold, and the time. */
export function layersGoals(usual: LayersRow, ours: LayersRow): Goal[] {
  const bytes = total(ours) / total(usual);
  const time = median(ours.seconds) / median(usual.seconds);
  return [
    {
      what: 'bytes of the dependency layers, Wheelmill / usual',
      value: bytes.toFixed(2),
      goal: `<= ${BYTES_GOAL}`,
      isMet: bytes <= BYTES_GOAL,
    },
    { what: 'time of `docker build`, Wheelmill / usual', value: time.toFixed(2), goal: '< 1', isMet: time < 1 },
  ];
}

export function layersSection({ about, rows }: Part<LayersRow>): string {
  const [usual, ours] = rows;
  return [
    '## Layers of an image\n',
    'One list (`survey/layers/requirements.txt`), `docker build --no-cache`: the usual way with two stages, and with wheels that Wheelmill has.',
    'What lies above the slim image is counted; in both images all modules import.\n',
    ...(usual && ours ? [table(GOAL_HEAD, layersGoals(usual, ours).map(goalCells))] : []),
    aboutTable(about),
    table(
      ['Dockerfile', 'Layers (MB)', 'Together (MB)', 'Seconds, median'],
      rows.map((row) => [
        row.what,
        row.bytes.map((one) => (one / MB).toFixed(1)).join(' + '),
        (total(row) / MB).toFixed(1),
        `${median(row.seconds).toFixed(1)} (${row.seconds.map((one) => one.toFixed(1)).join(', ')})`,
      ]),
    ),
  ].join('\n');
}
