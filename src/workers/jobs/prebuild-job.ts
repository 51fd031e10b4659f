import type { Plan, PlanItem, PrebuildRequest } from '../../core/records/prebuild.ts';
import type { Target } from '../../core/records/target.ts';
import { BuildFailure, type FailureReason } from '../../errors.ts';
import { type Outcome, type Planned, planList } from '../../plan/planner.ts';
import { readBuildRecord } from '../../storage/build-records.ts';
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
import { mirrorItems } from './mirror.ts';
import { nextRun, openBuilds } from './open-builds.ts';
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
    const first = await readFirstWheels(worker.store, id, attempt);
    const isWaiting = async (plan: Plan) => (await deriveStatus(worker.store, request, plan)).state === 'working';
    const plan =
      first !== undefined && (await isWaiting(first))
        ? first
        : ((await readPlan(worker.store, id, attempt)) ?? (await makePlan(worker, request, first, context)));
    await context.notify({ kind: 'prebuilds', id, state: 'working' });
    await openBuilds(worker, request, plan.image, plan.items);
    await mirrorItems(worker, plan, context);
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
    const { planned, pinned, skipped, wheelsFirst } = await outcomeOf(worker, request, target, first, context);
    const items = await planItems(worker, planned, first);
    plan = { ...about, pinned, skipped, items, plannedAt: new Date().toISOString() };
    if (wheelsFirst && !first)
      plan = { ...plan, provisional: true, items: items.filter((item) => item.kind !== 'hit') };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    if (error.retry && mayPlanAgain(context)) throw new RetryLater(error.message, { cause: error });
    const { reason, message, logTail } = error;
    const failure = { reason, message, ...(logTail !== undefined && { logTail }) };
    plan = { ...about, pinned: false, skipped: [], items: [], failure, plannedAt: new Date().toISOString() };
  }
  await writePlan(worker.store, plan);
  return plan;
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
  const resolve = (lines: string[]) => resolveList(worker, target, lines, context);
  const outcome = await planList(worker, request, target, resolve, {
    signal: context.signal,
    triedFirst,
    // What has failed may have been mended upstream since.
    ...((request.refresh || request.attempt > 1) && { maxAge: 0 }),
  });
  if (!outcome) throw new Error('planning with a resolver always has an outcome');
  const away = outcome.planned.find(
    ({ choice }) => choice.kind === 'failed' && choice.reason === 'upstream-unavailable',
  );
  if (away?.choice.kind === 'failed' && mayPlanAgain(context)) throw new RetryLater(away.choice.message);
  return outcome;
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
      const item = await planItem(worker, one);
      const made = first?.items.find((other) => other.project === item.project && other.version === item.version);
      return made && (item.kind === 'hit' || item.kind === made.kind) ? made : item;
    }),
  );
}

/** One item of the plan as it is kept. */
export async function planItem(worker: Pick<Worker, 'store'>, { wanted, choice }: Planned): Promise<PlanItem> {
  const project = wanted.name;
  const { lines } = wanted;
  if (choice.kind === 'failed') {
    const reason: FailureReason = choice.reason;
    return {
      kind: 'failed',
      project,
      lines,
      reason,
      message: choice.message,
      ...(choice.version && { version: choice.version }),
    };
  }
  const about = { project, lines, version: choice.version };
  if (choice.kind === 'hit')
    return { kind: 'hit', ...about, wheel: { filename: choice.wheel.filename, sha256: choice.wheel.sha256 } };
  const { filename, size } = choice.file;
  const file = { filename, sha256: choice.sha256, ...(size !== undefined && { size }) };
  if (choice.kind === 'mirror') return { kind: 'mirror', ...about, wheel: file };
  const { key, visibility } = choice;
  const made = await madeBefore(worker.store, project, key, visibility);
  if (made) return { kind: 'hit', ...about, wheel: made };
  return { kind: 'build', ...about, key, visibility, sdist: file, run: await nextRun(worker, key) };
}

/**
 * The wheel that this very build gave, where it is still stored. Its wheel record may not say so: targets that make the
 * same bytes of a pure sdist share one, which tells of the first of them.
 */
async function madeBefore(
  store: Worker['store'],
  project: string,
  key: string,
  visibility: 'public' | 'prebuild',
): Promise<{ filename: string; sha256: string } | undefined> {
  const build = await readBuildRecord(store, key);
  if (build?.state !== 'stored' || !build.wheel) return undefined;
  const { filename, sha256 } = build.wheel;
  const wheel = await readWheelRecord(store, project, filename);
  if (wheel?.sha256 !== sha256 || wheel.yanked) return undefined;
  // One that only prebuilds show is built again for all, and published so.
  if (wheel.visibility === 'prebuild' && visibility === 'public') return undefined;
  return { filename, sha256 };
}
