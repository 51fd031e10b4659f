import type { Reindex } from '../../core/records/reindex.ts';
import type { WorkerRecord } from '../../core/records/worker.ts';
import { serviceOf, whyWaiting } from '../../core/target-service.ts';
import type { Attention, LaneStanding, Parts } from './schema.ts';

/** Below this much free space the next build or upload may fail half-way, in bytes. */
const LITTLE_SPACE = 2 * 1024 ** 3;

/** All that is known when somebody asks what needs a person; what is not known is left out. */
export type Known = {
  parts: Parts;
  /** Targets that the server promises. */
  targets: readonly string[];
  lanes?: readonly LaneStanding[] | undefined;
  workers?: readonly WorkerRecord[] | undefined;
  reindex?: Reindex | undefined;
  /** Bytes free in the data folder. */
  space?: number | undefined;
};

/** What does not go away by itself, most urgent first. */
export function attentionTo(known: Known): Attention[] {
  const { parts, workers } = known;
  return [
    ...(['store', 'queue', 'upstream'] as const).flatMap((name): Attention[] =>
      parts[name].state === 'away' ? [{ code: `${name}-unavailable`, message: parts[name].message ?? '' }] : [],
    ),
    ...(workers ? unserved(known, workers) : []),
    ...quietTroubles(known),
  ];
}

/** What goes wrong though the server does its work: nobody would see it otherwise. */
export function quietTroubles({ space, workers, reindex }: Pick<Known, 'space' | 'workers' | 'reindex'>): Attention[] {
  return [...spaceFor(space), ...(workers ? unable(workers) : []), ...faultsOf(reindex)];
}

/** Promised targets that nobody serves, and others for which there is work. One whose worker is starting is in good hands. */
function unserved({ targets, lanes = [] }: Known, workers: readonly WorkerRecord[]): Attention[] {
  const wanted = lanes.flatMap(({ target, waiting }) => (target !== undefined && waiting > 0 ? [target] : []));
  const all = [...new Set([...targets, ...wanted])].flatMap((target): Attention[] => {
    const why = whyWaiting(target, workers);
    return why && why.code !== 'worker-starting' ? [why] : [];
  });
  // Without any worker that is one thing to do, and not one for each target.
  const [first] = all;
  return first && workers.length === 0 ? [first] : all;
}

/** Targets that some worker cannot serve though another one does. */
function unable(workers: readonly WorkerRecord[]): Attention[] {
  const names = new Set(workers.flatMap((one) => one.targets.map((target) => target.name)));
  return [...names].flatMap((name) => {
    const { served, problems } = serviceOf(name, workers);
    return served
      ? problems.map(({ worker, message }) => ({
          code: 'worker-failing',
          message: `The worker ${worker} cannot serve ${name}, which others do: ${message}`,
        }))
      : [];
  });
}

function faultsOf(reindex: Reindex | undefined): Attention[] {
  if (!reindex || reindex.faultCount === 0) return [];
  const message = `The reindex of ${reindex.startedAt.slice(0, 10)} found ${reindex.faultCount} wheels with faults: GET /api/v1/reindex names them. When they are put right, run \`wheelmill reindex\` again.`;
  return [{ code: 'wheels-with-faults', message }];
}

function spaceFor(space: number | undefined): Attention[] {
  if (space === undefined || space >= LITTLE_SPACE) return [];
  const message = `The data folder has ${Math.floor(space / 1024 ** 2)} MiB left. Make room, or lower WHEELMILL_CACHE_BYTES.`;
  return [{ code: 'little-space', message }];
}
