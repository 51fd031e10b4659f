import type { DryRun, DryRunItem } from '../api/prebuilds/dry-run-view.ts';
import type { LineRef } from '../core/records/line-ref.ts';
import type { UploadFile } from './upload.ts';

/** A dry run in words: refused lines first, then a line for each project, what is unknown, and the counts. */
export function dryRunReport(answer: DryRun, files: readonly UploadFile[]): string {
  const { refused, warnings, failure, unknown } = answer;
  const place = ({ file, line }: LineRef) => {
    const sent = file === undefined ? files[0] : files.find((one) => one.name === file);
    return `${sent?.path ?? file}:${line}`;
  };
  return [
    ...refused.map((one) => `${place(one)}: ${one.message}`),
    ...warnings.map((one) => `${place(one)}: warning: ${one.message}`),
    ...table(answer.items.map((item) => row(item, place))),
    ...(failure ? [`${failure.reason}: ${failure.message}`, `  ${failure.hint}`, ...tail(failure.logTail)] : []),
    ...(unknown === undefined ? [] : [unknown]),
    summary(answer),
    ...existing(answer),
    ...(answer.diff ? diffLines(answer.diff) : []),
  ].join('\n');
}

const HOW = { hit: 'already there', mirror: 'from upstream', build: 'build', failed: 'fails' } as const;

function row(item: DryRunItem, place: (ref: LineRef) => string): string[] {
  const lines = item.lines.map(place);
  const asked = lines.length > 0 ? lines.join(', ') : 'dependency';
  return [item.project, item.version ?? '', HOW[item.kind], why(item), asked];
}

function why(item: DryRunItem): string {
  if (item.kind === 'failed') return `${item.reason}: ${item.message} ${item.hint}`;
  const file = item.kind === 'build' ? item.sdist : item.wheel;
  const size = file?.size === undefined ? '' : ` (${shownBytes(file.size)})`;
  const before = item.failedBefore ? `; failed before, ${item.failedBefore.reason}: ${item.failedBefore.message}` : '';
  const now = item.underWay ? `; under way: ${item.underWay}` : before;
  return `${file?.filename}${size}${now}`;
}

/** Columns as wide as their widest cell; the last one but one is the longest, so the last stands in brackets. */
function table(rows: string[][]): string[] {
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => cells[column]!.length)));
  return rows.map(([project, version, how, reason, asked]) => {
    const cells = [project, version, how].map((cell, column) => cell!.padEnd(widths[column]!));
    return `  ${cells.join('  ')}  ${reason} [${asked}]`;
  });
}

function summary({ counts, refused, target }: DryRun): string {
  const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
  const size = (bytes: number, of: string) => (bytes > 0 ? ` (${shownBytes(bytes)} of ${of})` : '');
  const parts = [
    many(counts.hit, 'hit'),
    `${many(counts.mirror, 'mirror')}${size(counts.wheelBytes, 'wheels')}`,
    `${many(counts.build, 'build')}${size(counts.sdistBytes, 'sdists')}`,
    ...(counts.failed > 0 ? [many(counts.failed, 'failure')] : []),
    ...(refused.length > 0 ? [`${many(refused.length, 'line')} refused`] : []),
  ];
  return `${parts.join(', ')}, for ${target}. Nothing was started.`;
}

function existing({ id, existing: found }: DryRun): string[] {
  if (!found) return id === undefined ? [] : [`It would be prebuild ${id}.`];
  const then = found.answers ? 'sending the list is answered by it' : 'sending the list makes a new attempt';
  return [`Prebuild ${id} is there, attempt ${found.attempt}: ${found.state}; ${then}: ${found.url}`];
}

type Diff = NonNullable<DryRun['diff']>;

function diffLines({ against, note, added, removed, changed, unchanged }: Diff): string[] {
  const side = ({ version, kind, wheel }: Diff['added'][number] | Diff['changed'][number]['from']) =>
    [version, `(${HOW[kind]})`, wheel].filter((one) => one !== undefined).join(' ');
  return [
    `Against prebuild ${against.id}, attempt ${against.attempt} (${against.state}):`,
    ...(note === undefined ? [] : [note]),
    ...added.map((one) => `  + ${one.project} ${side(one)}`),
    ...removed.map((one) => `  - ${one.project} ${side(one)}`),
    ...changed.map(({ project, what, from, to }) => `  ~ ${project} ${side(from)} -> ${side(to)}: ${what.join(', ')}`),
    `  ${unchanged} unchanged`,
  ];
}

function tail(log: string | undefined): string[] {
  return log === undefined
    ? []
    : log
        .trimEnd()
        .split('\n')
        .map((line) => `  | ${line}`);
}

/** In decimal units, as indexes show sizes. */
function shownBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let [size, unit] = [bytes, 0];
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${size >= 10 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
