import type { BuildRequest } from '../../core/records/build.ts';
import type { PlanItem, PrebuildRequest } from '../../core/records/prebuild.ts';
import { EMPTY_RECIPE } from '../../core/records/recipe.ts';
import { openBuild, readBuildRecord } from '../../storage/build-records.ts';
import type { Worker } from '../context.ts';
import { buildWork } from '../queue/works.ts';

/**
 * Opens and queues the builds of a plan that have not ended yet. Equal builds of other prebuilds are one job; doing it
 * again changes nothing.
 */
export async function openBuilds(
  worker: Worker,
  request: PrebuildRequest,
  image: string,
  items: readonly PlanItem[],
): Promise<void> {
  for (const item of largestFirst(items)) {
    const record = await readBuildRecord(worker.store, item.key);
    if (record && record.run >= item.run) continue;
    const build: BuildRequest = {
      schema: 1,
      key: item.key,
      project: item.project,
      version: item.version,
      target: request.target,
      image,
      sdist: item.sdist,
      recipe: EMPTY_RECIPE,
      visibility: item.visibility,
      run: item.run,
      requestedAt: new Date().toISOString(),
    };
    await openBuild(worker.store, build, request.id);
    await worker.queue.add(buildWork(request.target, item.key));
  }
}

/** A large sdist begun last would run alone at the end: the size is the best guess at the time there is. */
function largestFirst(items: readonly PlanItem[]): Extract<PlanItem, { kind: 'build' }>[] {
  const builds = items.filter((item) => item.kind === 'build');
  return builds.sort((one, other) => (other.sdist.size ?? 0) - (one.sdist.size ?? 0));
}
