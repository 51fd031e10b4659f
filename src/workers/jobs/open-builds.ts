import type { BuildRequest } from '../../core/records/build.ts';
import type { PlanItem, PrebuildRequest } from '../../core/records/prebuild.ts';
import { turnNumber } from '../../core/turn.ts';
import { runAfter } from '../../plan/plan-item.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { openBuild, readBuildRecord, readFinalRecord, readOpenBuild } from '../../storage/build-records.ts';
import { readCancel } from '../../storage/cancels.ts';
import type { Worker } from '../context.ts';
import { RetryLater, type WorkContext } from '../queue/queue.ts';
import { type Asker, inTurns, type Turns } from '../queue/turns.ts';
import { buildLane, buildWork } from '../queue/works.ts';
import { isKnownFailure } from './known-failure.ts';

type BuildItem = Extract<PlanItem, { kind: 'build' }>;

/**
 * Notes that a prebuild waits for the builds it is about to plan, and only then decides which run of each it waits for: who
 * cancels a build looks for those who wait after noting that wish, so one of the two always sees the other. The run that
 * failed is the answer where a further one would fail the same way.
 *
 * @param known items whose run is decided already
 * @throws RetryLater while somebody cancels one of the builds
 */
export async function awaitBuilds(
  worker: Pick<Worker, 'store' | 'config' | 'upstream' | 'builder'>,
  request: Pick<PrebuildRequest, 'id' | 'attempt' | 'refresh' | 'retry'>,
  items: readonly PlanItem[],
  known: readonly PlanItem[],
  context: Pick<WorkContext, 'willRetry'>,
): Promise<PlanItem[]> {
  const { store } = worker;
  const pages = request.refresh || request.attempt > 1 ? { maxAge: 0 } : {};
  return Promise.all(
    items.map(async (item) => {
      if (item.kind !== 'build' || known.includes(item)) return item;
      await store.put(paths.waiting(item.key, request.id), '');
      const cancel = await readCancel(store, item.key);
      if (cancel && context.willRetry) throw new RetryLater(`The build of ${item.project} is just being cancelled.`);
      const record = await readBuildRecord(store, item.key);
      const isKnown = record && !request.retry && !item.rebuild && (await isKnownFailure(worker, record, pages));
      if (isKnown) return { ...item, run: record.run };
      return { ...item, run: Math.max(runAfter(record), (cancel?.of ?? 0) + 1) };
    }),
  );
}

/**
 * Opens and queues the builds of a plan that have not ended yet. Equal builds of other prebuilds are one job; doing it
 * again changes nothing.
 *
 * @throws RetryLater while the job of an earlier run has not gone: the queue would take the new one for the same
 */
export async function openBuilds(
  worker: Worker,
  request: PrebuildRequest,
  image: string,
  items: readonly PlanItem[],
  signal: AbortSignal,
): Promise<void> {
  const builds = largestFirst(items);
  if (builds.length === 0) return;
  const lane = buildLane(request.target);
  await inTurns(worker.queue, lane, request.turn ?? NOBODY, async (turns) => {
    for (const item of builds) {
      signal.throwIfAborted();
      if (await readFinalRecord(worker.store, item)) continue;
      const there = await readOpenBuild(worker.store, item.key);
      const open = there && there.run >= item.run ? there : undefined;
      if (item.run > 1 && !open && (await worker.queue.has(lane, item.key)))
        throw new RetryLater(`The run before this one of the build of ${item.project} is just ending.`);
      const build = open
        ? joined(open, item, request, turns)
        : { ...newBuild(request, image, item), turn: turns.take() };
      await openBuild(worker.store, build, request.id);
      await worker.queue.add(buildWork(build));
      if (open && build.turn !== open.turn) await worker.queue.raise(buildWork(build));
    }
  });
}

/** Who asked, for requests of before that was kept. */
const NOBODY: Asker = { client: '', priority: 'interactive' };

/** A build under way with one more who waits for it: for the most urgent of them, and public and proven if one of them wants that. */
function joined(
  { proof, ...open }: BuildRequest,
  item: BuildItem,
  { options }: PrebuildRequest,
  turns: Turns,
): BuildRequest {
  const visibility = item.visibility === 'public' ? item.visibility : open.visibility;
  const isMoreUrgent = open.turn && turnNumber(turns.peek()) < turnNumber(open.turn);
  const isUnproven = proof === false && options.proof === false;
  return { ...open, visibility, ...(isUnproven && { proof }), ...(isMoreUrgent && { turn: turns.take() }) };
}

function newBuild({ id, request, target, options }: PrebuildRequest, image: string, item: BuildItem): BuildRequest {
  const { key, project, version, sdist, recipe, visibility, run, rebuild } = item;
  return {
    schema: 1,
    ...{ key, project, version, target, image, sdist, recipe, visibility, run },
    ...(rebuild && { rebuild }),
    ...(options.proof === false && { proof: options.proof }),
    prebuild: id,
    ...(request !== undefined && { request }),
    requestedAt: new Date().toISOString(),
  };
}

/** A large sdist begun last would run alone at the end: the size is the best guess at the time there is. */
function largestFirst(items: readonly PlanItem[]): BuildItem[] {
  const builds = items.filter((item) => item.kind === 'build');
  return builds.sort((one, other) => (other.sdist.size ?? 0) - (one.sdist.size ?? 0));
}
