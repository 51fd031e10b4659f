/** One line of the report. */
export type Row = { what: string; value: string; goal: string; met: boolean; toMeetIt?: string };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function verdict({ goal, met }: Row): string {
  if (goal === '') return '';
  return met ? 'met' : '**missed**';
}

/** The report as Markdown; a goal that is missed says so. */
export function report(rows: readonly Row[], about: readonly [string, string][]): string {
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; nothing here is typed by hand. Ratios compare with a peer measured in the same run.',
    '',
    '| About this run | |',
    '| --- | --- |',
    ...about.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    '| What | Measured | Goal | |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.what} | ${row.value} | ${row.goal} | ${verdict(row)} |`),
    '',
    ...rows
      .filter((row) => !row.met && row.toMeetIt)
      .map((row) => `What it would take to meet *${row.what}*: ${row.toMeetIt}\n`),
  ].join('\n');
}
