import { isSha256 } from '../../core/sha256.ts';
import { readBuildProgress, readOpenBuild } from '../../storage/build-records.ts';
import { buildLane } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import type { RunningBuild } from './schema.ts';

/** Of each target: more than any farm of workers runs at once, and each costs two reads. */
const MOST = 200;

/**
 * Builds that a worker holds now, those that have been at it longest first. URLs are paths of this server.
 *
 * @throws WheelmillError `queue-unavailable` and the store's own
 */
export async function readRunningBuilds(
  { store, queue }: Pick<Api, 'store' | 'queue'>,
  targets: readonly string[],
): Promise<RunningBuild[]> {
  const works = (await Promise.all(targets.map((target) => queue.running(buildLane(target), MOST)))).flat();
  // The others there rebuild for a verification.
  const keys = works.map((one) => one.id).filter(isSha256);
  const builds = await Promise.all(
    keys.map(async (key): Promise<RunningBuild[]> => {
      const [open, progress] = await Promise.all([readOpenBuild(store, key), readBuildProgress(store, key)]);
      if (!open) return [];
      const { project, version, target, run, requestedAt } = open;
      const now = progress?.run === run ? progress : undefined;
      return [
        {
          ...{ key, project, version, target, requestedAt },
          state: now?.state ?? 'queued',
          ...(now && { since: now.at, worker: now.worker }),
          url: `/api/v1/builds/${key}`,
        },
      ];
    }),
  );
  return builds
    .flat()
    .sort((one, other) => (one.since ?? one.requestedAt).localeCompare(other.since ?? other.requestedAt));
}
