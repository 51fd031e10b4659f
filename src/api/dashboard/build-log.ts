import { createInterface } from 'node:readline';
import { firstError } from '../../core/first-error.ts';
import { readOpenBuild } from '../../storage/build-records.ts';
import { openStoredLog } from '../builds/stored-log.ts';
import type { Api } from '../context.ts';

/** Lines that a page shows: more of them make browsers slow. The whole log is a click away. */
export const SHOWN_LINES = 4000;
/** Lines before one that was jumped to, to see what led to it. */
const BEFORE = 50;
const MOST_FOUND = 100;

/** The part of a log that a page shows. Lines are counted from 0. */
export type ShownLog = {
  lines: string[];
  /** Number of the first of these lines. */
  from: number;
  total: number;
  firstError: number | undefined;
  /** The first error with the lines around it. */
  excerpt: string;
  /** Lines with the text that was looked for, and how many there are. */
  found: { at: number; line: string }[];
  foundTotal: number;
  isLive: boolean;
};

/**
 * Reads the log of a build: of one that has ended the stored one, of one under way what it has said so far.
 *
 * @param from the line that is wanted; the end where it is left out
 * @param find text to look for, in any case of letters
 */
export async function readLog(
  api: Pick<Api, 'store' | 'queue'>,
  key: string,
  { from, find = '' }: { from?: number | undefined; find?: string | undefined },
): Promise<ShownLog> {
  const open = await readOpenBuild(api.store, key);
  if (open) {
    const { chunks } = await api.queue.log(`builds.${open.target}`, key).catch(() => ({ chunks: [] }));
    return shownOf(chunks.join('').split('\n'), { from, find, isLive: true });
  }
  const lines: string[] = [];
  const log = await openStoredLog(api.store, key);
  if (log) {
    for await (const line of createInterface({ input: log, crlfDelay: Number.POSITIVE_INFINITY })) lines.push(line);
  }
  return shownOf(lines, { from, find, isLive: false });
}

function shownOf(
  lines: readonly string[],
  { from, find, isLive }: { from: number | undefined; find: string; isLive: boolean },
): ShownLog {
  const wanted = from === undefined ? lines.length - SHOWN_LINES : from - BEFORE;
  const start = Math.max(0, Math.min(wanted, lines.length - 1));
  const error = firstError(lines);
  const sought = find.toLowerCase();
  const hits = sought === '' ? [] : lines.flatMap((line, at) => (line.toLowerCase().includes(sought) ? [at] : []));
  return {
    lines: lines.slice(start, start + SHOWN_LINES),
    from: start,
    total: lines.length,
    firstError: error,
    excerpt: error === undefined ? '' : lines.slice(Math.max(0, error - 2), error + 6).join('\n'),
    found: hits.slice(0, MOST_FOUND).map((at) => ({ at, line: lines[at]! })),
    foundTotal: hits.length,
    isLive,
  };
}
