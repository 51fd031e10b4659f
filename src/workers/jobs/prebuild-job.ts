import type { Plan, PlanItem, PrebuildRequest } from '../../core/records/prebuild.ts';
import type { Target } from '../../core/records/target.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { BuildFailure } from '../../errors.ts';
import { planItem } from '../../plan/plan-item.ts';
import { type Outcome, type Planned, planList } from '../../plan/planner.ts';
import type { ListToResolve } from '../../plan/resolution.ts';
import { readCancel } from '../../storage/cancels.ts';
import { checked } from '../../storage/json-records.ts';
import {
  readFirstWheels,
  readPlan,
  readPrebuildRecord,
  readPrebuildRequest,
  writePlan,
} from '../../storage/prebuild-records.ts';
import { deriveStatus } from '../../storage/prebuild-status.ts';
import { readTarget } from '../../storage/target-records.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';
import { type Handler, RetryLater, type WorkContext } from '../queue/queue.ts';
import { PrebuildMessage, settleWork } from '../queue/works.ts';
import { isUnexpected, unexpected } from './failed.ts';
import { logOfPrebuild } from './job-log.ts';
import { mirrorItems } from './mirror.ts';
import { awaitBuilds, openBuilds } from './open-builds.ts';
import { resolveList } from './resolve.ts';

/**
 * Upstream's client asks several times by itself, for seconds: a person who waits for the plan is told after the second
 * round in vain, and not after the queue's five.
 */
const PLAN_TRIES = 2;

/**
 * Takes one attempt of a prebuild from its request to the point where only its builds are awaited: plan it (once), open
 * its builds, mirror what upstream has, then settle. Every step may be done again after a lost worker or queue.
 *
 * A pinned list whose files have no published metadata gets its wheels first and is planned after: each build that ends
 * brings this job back (through the settle job) until all are there.
 */
export function prebuildJob(worker: Worker): Handler {
  return async (data, context) => {
    const { id, attempt } = checked(PrebuildMessage, data, 'A prebuild job');
    const request = await readPrebuildRequest(worker.store, id, attempt);
    if (!request || (await readPrebuildRecord(worker.store, id, attempt))) return;
    // The worker that was told to stop may have died: the wish to cancel is found here, and the settle job fulfils it.
    if ((await readCancel(worker.store, id))?.of === attempt) return worker.queue.add(settleWork(id));
    const first = await readFirstWheels(worker.store, id, attempt);
    const isWaiting = async (plan: Plan) => (await deriveStatus(worker.store, request, plan)).state === 'working';
    const plan =
      (await readPlan(worker.store, id, attempt)) ??
      (first !== undefined && (await isWaiting(first)) ? first : await makePlan(worker, request, first, context));
    await context.notify({ kind: 'prebuilds', id, state: 'working' });
    try {
      await openBuilds(worker, request, plan.image, plan.items, context.signal);
      await mirrorItems(worker, plan, context);
    } catch (error) {
      await giveUp(worker, plan, error, context);
      return worker.queue.add(settleWork(id));
    }
    // Only builds are missing: each of them settles this prebuild when it ends.
    if (plan.provisional && (await isWaiting(plan))) return;
    await worker.queue.add(settleWork(id));
  };
}

async function makePlan(
  worker: Worker,
  request: PrebuildRequest,
  first: Plan | undefined,
  context: WorkContext,
): Promise<Plan> {
  const { id, attempt } = request;
  const target = await readTarget(worker.store, request.target);
  if (!target) throw new RetryLater(`The target ${request.target} has not been probed yet.`);
  const about = { schema: 1 as const, id, attempt, target: target.name, image: target.build.identity };
  let plan: Plan;
  try {
    const outcome = await outcomeOf(worker, request, target, first, context);
    const { pinned, skipped, wheelsFirst } = outcome;
    const planned = await planItems(worker, outcome.planned, first);
    const items = await awaitBuilds(worker, request, planned, first?.items ?? [], context);
    plan = { ...about, pinned, skipped, items, plannedAt: new Date().toISOString() };
    if (wheelsFirst && !first)
      plan = { ...plan, provisional: true, items: items.filter((item) => item.kind !== 'hit') };
  } catch (error) {
    const why = isUnexpected(error) ? unexpected(error) : error;
    if (!(why instanceof BuildFailure) || context.signal.aborted) throw error;
    if (why.retry && mayPlanAgain(context)) throw new RetryLater(why.message, { cause: error });
    const { reason, message, logTail } = why;
    const failure = { reason, message, ...(logTail !== undefined && { logTail }) };
    plan = { ...about, pinned: false, skipped: [], items: [], failure, plannedAt: new Date().toISOString() };
  }
  await writePlan(worker.store, plan);
  const count = (kind: PlanItem['kind']) => plan.items.filter((item) => item.kind === kind).length;
  logOfPrebuild(worker.log, request).info(
    {
      ...{ hits: count('hit'), mirrors: count('mirror'), builds: count('build'), failures: count('failed') },
      ...(plan.failure && { reason: plan.failure.reason }),
      ...(plan.provisional && { provisional: true }),
    },
    'prebuild planned',
  );
  return plan;
}

/**
 * A plan that cannot be carried out for a fault of ours is written once more, with that as its failure: upkeep would put the
 * job back for ever otherwise.
 */
async function giveUp(worker: Worker, plan: Plan, error: unknown, context: WorkContext): Promise<void> {
  if (context.signal.aborted || !isUnexpected(error)) throw error;
  const { reason, message, logTail } = unexpected(error);
  if (context.willRetry) throw new RetryLater(message, { cause: error });
  const { provisional, ...planned } = plan;
  await writePlan(worker.store, { ...planned, items: [], failure: { reason, message, ...(logTail && { logTail }) } });
}

/** Upstream being away for a moment is worth a retry before it becomes the answer. */
async function outcomeOf(
  worker: Worker,
  request: PrebuildRequest,
  target: Target,
  first: Plan | undefined,
  context: WorkContext,
): Promise<Outcome> {
  const triedFirst = new Set(first?.items.flatMap((item) => nameOfFirst(item)));
  const made = first ? await madeFirst(worker, request, first) : [];
  const resolve = (list: ListToResolve) => resolveList(worker, target, list, context, made);
  const outcome = await planList(worker, request, target, resolve, {
    signal: context.signal,
    triedFirst,
    // What has failed may have been mended upstream since.
    ...((request.refresh || request.attempt > 1) && { maxAge: 0 }),
    ...(request.rebuild && { rebuild: true }),
  });
  if (!outcome) throw new Error('planning with a resolver always has an outcome');
  const away = outcome.planned.find(
    ({ choice }) => choice.kind === 'failed' && choice.reason === 'upstream-unavailable',
  );
  if (away?.choice.kind === 'failed' && mayPlanAgain(context)) throw new RetryLater(away.choice.message);
  return outcome;
}

/** The wheels that were built before the plan: nobody else sees them before they are proven. */
async function madeFirst({ store }: Worker, request: PrebuildRequest, first: Plan): Promise<WheelRecord[]> {
  const { items } = await deriveStatus(store, request, first);
  const records = await Promise.all(
    items.map(({ project, wheel }) => wheel && readWheelRecord(store, project, wheel.filename)),
  );
  return records.filter((record) => record !== undefined);
}

function mayPlanAgain({ willRetry, attempt }: WorkContext): boolean {
  return willRetry && attempt < PLAN_TRIES;
}

function nameOfFirst(item: PlanItem): string[] {
  if (item.kind === 'build') return [item.key];
  return item.kind === 'mirror' ? [item.wheel.filename] : [];
}

/** What was made first is shown as this prebuild's own work, though the stored wheel is a hit by now. */
async function planItems(worker: Worker, planned: readonly Planned[], first: Plan | undefined): Promise<PlanItem[]> {
  return Promise.all(
    planned.map(async (one) => {
      const item = await planItem(worker.store, one);
      const made = first?.items.find((other) => other.project === item.project && other.version === item.version);
      return made && (item.kind === 'hit' || item.kind === made.kind) ? made : item;
    }),
  );
}
