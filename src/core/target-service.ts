import Type, { type Static } from 'typebox';
import { isLive, type WorkerRecord, type WorkerTarget } from './records/worker.ts';

const Text = Type.String();

/** Who serves a target now, and who would but cannot. */
export const TargetServiceSchema = Type.Object({
  served: Type.Boolean(),
  /** Live workers that serve it, and those that are still looking at its images. */
  workers: Type.Array(Type.Object({ name: Text, state: Text, since: Text })),
  problems: Type.Array(Type.Object({ worker: Text, code: Text, message: Text, since: Text })),
});
export type TargetService = Static<typeof TargetServiceSchema>;

/** Why work for a target waits, and what to do about it. */
export const WaitingSchema = Type.Object({
  code: Type.Union([Type.Literal('no-worker'), Type.Literal('worker-starting'), Type.Literal('worker-failing')]),
  message: Text,
});
export type Waiting = Static<typeof WaitingSchema>;

/** What the announcements of workers say of a target. */
export function serviceOf(target: string, workers: readonly WorkerRecord[], now: number = Date.now()): TargetService {
  const standing = workers
    .filter((one) => isLive(one, now))
    .flatMap(({ name, targets }) =>
      targets.filter((one) => one.name === target).map((one) => ({ worker: name, ...one })),
    );
  const able = standing.filter((one) => one.state !== 'failing');
  return {
    served: able.some((one) => one.state === 'serving'),
    workers: able.map(({ worker, state, since }) => ({ name: worker, state, since })),
    problems: standing.filter(isFailing).map(({ worker, code, message, since }) => ({ worker, code, message, since })),
  };
}

type Failing = WorkerTarget & { code: string; message: string };

function isFailing<T extends WorkerTarget>(one: T): one is T & Failing {
  return one.state === 'failing' && one.code !== undefined && one.message !== undefined;
}

/** Why work for a target is not taken up, or undefined where a live worker serves it. */
export function whyWaiting(
  target: string,
  workers: readonly WorkerRecord[],
  now: number = Date.now(),
): Waiting | undefined {
  const service = serviceOf(target, workers, now);
  if (service.served) return undefined;
  const [starting] = service.workers;
  if (starting)
    return {
      code: 'worker-starting',
      message: `The worker ${starting.name} is still looking at the images of ${target}.`,
    };
  const [problem, ...more] = service.problems;
  if (problem) {
    const others = more.length > 0 ? ` So do ${more.length} more workers; GET /api/v1/workers has their reasons.` : '';
    return {
      code: 'worker-failing',
      message: `The worker ${problem.worker} cannot serve ${target}: ${problem.message}${others}`,
    };
  }
  const live = workers.filter((one) => isLive(one, now)).length;
  const there = live === 0 ? 'No worker is running' : `None of the ${live} running workers has the target ${target}`;
  return {
    code: 'no-worker',
    message: `${there}. Start one with \`wheelmill worker\` and ${target} among its WHEELMILL_TARGETS; this then goes on by itself.`,
  };
}
