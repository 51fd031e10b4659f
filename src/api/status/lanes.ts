import type { Lane, LaneCounts, WorkQueue } from '../../workers/queue/queue.ts';
import { TARGET_LANES } from '../../workers/queue/works.ts';
import type { LaneStanding } from './schema.ts';

/** Lanes that there is one of. */
const COMMON = ['settles', 'pages', 'reindexes'] as const;

/** What waits and runs in every lane, those of the targets first. @throws WheelmillError `queue-unavailable` */
export async function readLanes(queue: WorkQueue, targets: readonly string[]): Promise<LaneStanding[]> {
  const named: { kind: string; target?: string; lane: Lane }[] = [
    ...targets.flatMap((target) =>
      Object.entries(TARGET_LANES).map(([kind, laneOf]) => ({ kind, target, lane: laneOf(target) })),
    ),
    ...COMMON.map((lane) => ({ kind: lane, lane })),
  ];
  const counts: LaneCounts[] = await queue.counts(named.map((one) => one.lane));
  return named.map(({ kind, target }, at) => {
    const { waiting, running, delayed } = counts[at]!;
    return { kind, ...(target !== undefined && { target }), waiting, running, delayed };
  });
}
