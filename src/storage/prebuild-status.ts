import type { BuildState } from '../core/records/build.ts';
import type {
  ItemStatus,
  MirrorFailures,
  Plan,
  PlanItem,
  PrebuildRecord,
  PrebuildRequest,
  PrebuildState,
} from '../core/records/prebuild.ts';
import { FAILURES, hintOf } from '../errors.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from './build-records.ts';
import type { ObjectStore } from './object-store.ts';
import { withNeeds } from './prebuild-needs.ts';
import { provingOf } from './prebuild-proof.ts';
import {
  readFirstWheels,
  readMirrorFailures,
  readPlan,
  readPrebuildRecord,
  readPrebuildRequest,
} from './prebuild-records.ts';
import { readWheelRecord } from './wheel-records.ts';

/** An attempt as it stands now: its final record, or the same derived from the plan and the records of its items. */
export type PrebuildStatus = Omit<PrebuildRecord, 'schema' | 'endedAt'> & Partial<Pick<PrebuildRecord, 'endedAt'>>;

/**
 * Reads how an attempt stands. Nobody writes a state while it is under way: it follows from the plan, the build records
 * and the stored wheels.
 *
 * @returns undefined when there is no such attempt.
 */
export async function readPrebuildStatus(
  store: ObjectStore,
  id: string,
  attempt: number,
): Promise<PrebuildStatus | undefined> {
  const record = await readPrebuildRecord(store, id, attempt);
  if (record) return record;
  const request = await readPrebuildRequest(store, id, attempt);
  if (!request) return undefined;
  const plan = await readPlan(store, id, attempt);
  if (plan) return deriveStatus(store, request, plan);
  const first = await readFirstWheels(store, id, attempt);
  return first ? { ...(await deriveStatus(store, request, first)), state: 'planning' } : planning(request);
}

const planning = (request: PrebuildRequest): PrebuildStatus => ({
  ...asked(request),
  state: 'planning',
  pinned: false,
  items: [],
  skipped: [],
});

/** What a status has of what was asked. */
export function asked(request: PrebuildRequest) {
  const { id, attempt, target, options, warnings, requestedAt } = request;
  return { id, attempt, target, ...(!options.deps && { deps: false as const }), warnings, requestedAt };
}

/** The status of an attempt that has a plan and no record yet. */
export async function deriveStatus(store: ObjectStore, request: PrebuildRequest, plan: Plan): Promise<PrebuildStatus> {
  const mirrors = await readMirrorFailures(store, plan.id, plan.attempt);
  const items = await Promise.all(plan.items.map((item) => itemStatus(store, item, { mirrors, request })));
  const { image, pinned, skipped, plannedAt } = plan;
  const status: PrebuildStatus = { ...asked(request), image, pinned, skipped, plannedAt, items, state: stateOf(items) };
  if (plan.failure) return { ...status, state: 'failed', failure: plan.failure };
  // What is made before the plan is proven with all that the plan has.
  if (plan.provisional || status.state === 'working') return status;
  const proving = await provingOf(store, request, items);
  if (proving === 'due') return { ...status, state: 'proving' };
  return { ...status, ...proving, state: stateOf(proving.items) };
}

/** `working` until every item is stored or failed; what then comes of the proof is another matter. */
export function stateOf(items: readonly ItemStatus[]): PrebuildState {
  const stored = items.filter((one) => one.state === 'stored').length;
  const failed = items.filter((one) => one.state === 'failed').length;
  if (stored + failed < items.length) return 'working';
  if (failed === 0) return 'ready';
  return stored === 0 ? 'failed' : 'partial';
}

async function itemStatus(
  store: ObjectStore,
  item: PlanItem,
  { mirrors, request }: { mirrors: MirrorFailures['failures'] | undefined; request: PrebuildRequest },
): Promise<ItemStatus> {
  const about = { project: item.project, version: item.version, lines: item.lines, kind: item.kind } as ItemStatus;
  if (item.kind === 'failed')
    return { ...about, state: 'failed', reason: item.reason, message: item.message, hint: FAILURES[item.reason].hint };
  if (item.kind === 'hit') {
    const { wheel, saved } = item;
    return { ...about, state: 'stored', wheel, ...(saved !== undefined && { saved }) };
  }
  if (item.kind === 'mirror') {
    const { filename, sha256 } = item.wheel;
    const failure = mirrors?.[filename];
    if (failure) return { ...about, state: 'failed', ...failure, hint: FAILURES[failure.reason].hint };
    const record = await readWheelRecord(store, item.project, filename);
    return record?.sha256 === sha256
      ? { ...about, state: 'stored', wheel: { filename, sha256 } }
      : { ...about, state: 'fetching' };
  }
  return buildStatus(store, item, about, request);
}

async function buildStatus(
  store: ObjectStore,
  item: Extract<PlanItem, { kind: 'build' }>,
  about: ItemStatus,
  { options: { proof }, requestedAt }: PrebuildRequest,
): Promise<ItemStatus> {
  const record = await readBuildRecord(store, item.key);
  const build = item.key;
  // One that failed may be under way again: somebody has asked for a further run.
  const open = record?.state === 'failed' ? await readOpenBuild(store, item.key) : undefined;
  const wanted = Math.max(item.run, open?.run ?? 0);
  if (record && record.run >= wanted) {
    const wheel = record.wheel && { filename: record.wheel.filename, sha256: record.wheel.sha256 };
    // Who wants no proof takes what failed that of another list.
    const isTaken = record.state === 'stored' || (proof === false && record.reason === 'proof-failed');
    if (isTaken && wheel) {
      const healed = record.healed && { healed: record.healed.packages };
      const { packages = [] } = record.recipe;
      return { ...about, state: 'stored', build, wheel, ...(packages.length > 0 && { packages }), ...healed };
    }
    const reason = record.reason ?? 'build-error';
    const { message, logTail, hint, endedAt } = record;
    return {
      ...about,
      state: 'failed',
      build,
      ...(wheel && { wheel }),
      reason,
      hint: hintOf({ reason, hint }),
      ...(message !== undefined && { message }),
      ...(logTail !== undefined && { logTail }),
      ...(endedAt < requestedAt && { failedAt: endedAt }),
    };
  }
  const progress = await readBuildProgress(store, item.key);
  const state: BuildState = progress && progress.run >= wanted ? progress.state : 'queued';
  return { ...about, state, build };
}

/** The record of an attempt that has ended just now, with what its wheels need. What follows from its proof is stored before. */
export async function finalRecord(store: ObjectStore, status: PrebuildStatus): Promise<PrebuildRecord> {
  const known = await withNeeds(store, status);
  return { schema: 1, ...status, ...known, endedAt: new Date().toISOString() };
}

/** How an attempt ends that was cancelled: its items keep what they had, and nothing more comes. */
export function cancelledStatus(status: PrebuildStatus): PrebuildStatus {
  const items = status.items.map((item): ItemStatus => {
    if (item.state === 'stored' || item.state === 'failed') return item;
    const message = 'The prebuild was cancelled before this was there.';
    return { ...item, state: 'failed', reason: 'cancelled', message, hint: FAILURES.cancelled.hint };
  });
  return { ...status, items, state: 'cancelled' };
}
