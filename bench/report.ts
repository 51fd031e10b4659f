/** One line of the report. */
export type Row = { what: string; value: string; goal: string; met: boolean; toMeetIt?: string };

/** One topic of the report, measured in one run. */
export type Section = { title: string; about: readonly [string, string][]; rows: readonly Row[] };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function verdict({ goal, met }: Row): string {
  if (goal === '') return '';
  return met ? 'met' : '**missed**';
}

const HEAD = [
  '# Benchmarks',
  '',
  'Written by `npm run bench`; nothing here is typed by hand. Ratios compare with a peer measured in the same run.',
  '',
].join('\n');

/** A section as Markdown; a goal that is missed says so. */
function markdown({ title, about, rows }: Section): string {
  return [
    `## ${title}`,
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

/** The report `before` with this section in the place of the one with its title; the others stay as they were measured. */
export function withSection(before: string, section: Section): string {
  const sections = before.split(/^(?=## )/m).filter((one) => one.startsWith('## '));
  const at = sections.findIndex((one) => one.startsWith(`## ${section.title}\n`));
  sections.splice(at < 0 ? sections.length : at, at < 0 ? 0 : 1, markdown(section));
  return [HEAD, ...sections.map((one) => `${one.trimEnd()}\n`)].join('\n');
}
