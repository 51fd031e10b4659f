import Type, { type Static } from 'typebox';
import { BuildStateSchema } from '../../core/records/build.ts';
import { readBuildProgress, readOpenBuild } from '../../storage/build-records.ts';
import { buildLane } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';

const Text = Type.String();

/** A build that a worker has taken up. */
export const RunningSchema = Type.Object({
  key: Text,
  project: Text,
  version: Text,
  target: Text,
  state: BuildStateSchema,
  attempt: Type.Optional(Type.Integer()),
  worker: Type.Optional(Text),
  /** When the worker took it up. */
  startedAt: Type.Optional(Text),
});
export type Running = Static<typeof RunningSchema>;

/** As many are shown as anybody looks at; workers have a few slots each. */
const MOST = 100;

/** What runs now, by the queue: the longest first. A job of a lane that is no build is left out. */
export async function runningBuilds({ queue, store }: Pick<Api, 'queue' | 'store'>, targets: readonly string[]) {
  const works = await Promise.all(targets.map((name) => queue.running(buildLane(name), MOST)));
  const keys = works
    .flat()
    .map((one) => one.id)
    .slice(0, MOST);
  const found = await Promise.all(
    keys.map(async (key): Promise<Running | undefined> => {
      const [open, progress] = await Promise.all([readOpenBuild(store, key), readBuildProgress(store, key)]);
      if (!open) return undefined;
      const { project, version, target } = open;
      const now = progress?.run === open.run ? progress : undefined;
      return {
        ...{ key, project, version, target, state: now?.state ?? 'queued' },
        ...(now && { attempt: now.attempt, worker: now.worker }),
        ...(now?.startedAt !== undefined && { startedAt: now.startedAt }),
      };
    }),
  );
  const running = found.filter((one) => one !== undefined);
  return running.sort((one, other) => (one.startedAt ?? '~').localeCompare(other.startedAt ?? '~'));
}
