import type { Turn } from './records/turn.ts';

/** Ranks of one priority; past this they count as equal. A line that never empties takes as many rounds to get there. */
const RANKS = 1_000_000;

/** The number by which a queue orders: lower ones first. From 1 to 2,000,000. */
export function turnNumber({ priority, rank }: Pick<Turn, 'priority' | 'rank'>): number {
  return (priority === 'batch' ? RANKS : 0) + Math.min(rank, RANKS);
}

/** Work of one lane that has a turn. */
export type Line = { running: readonly Turn[]; waiting: readonly Turn[] };

/**
 * The rank of the next work that a client adds to a line: one more than its last one that waits, and than what has begun.
 * That is start-time fair queueing (Goyal, Vin and Cheng, 1996) with work of equal size.
 *
 * So before the n-th work that waits of a client at most n + 1 works of each other client begin that have the same priority
 * and were not begun when it came: one a rank from that which has begun last to its own. However much the others have, or add: what comes later ranks behind what has begun.
 */
export function nextRank({ running, waiting }: Line, { client, priority }: Pick<Turn, 'client' | 'priority'>): number {
  const ranks = (turns: readonly Turn[]) => turns.filter((one) => one.priority === priority).map((one) => one.rank);
  const begun = Math.max(0, ...ranks(running));
  // Between two works nothing runs for a moment: what waits has all the same not begun.
  const first = Math.min(...ranks(waiting), Number.POSITIVE_INFINITY);
  const own = Math.max(0, ...ranks(waiting.filter((one) => one.client === client)));
  return 1 + Math.max(begun, Number.isFinite(first) ? first - 1 : 0, own);
}
