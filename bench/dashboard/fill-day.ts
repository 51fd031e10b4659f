import pLimit from 'p-limit';
import type { BuildRecord } from '../../src/core/records/build.ts';
import { closeBuild } from '../../src/storage/build-records.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { writeRecent } from '../../src/storage/recent.ts';
import { sha256 } from '../wheel.ts';

const AT_ONCE = 32;
const DAY = 24 * 3600_000;

/** One build in ten fails, for one of these reasons. */
const REASONS = ['missing-header', 'build-error', 'python-incompatible'] as const;

/** A build that ended at a time, as a worker writes it. */
export async function endBuild(store: ObjectStore, project: string, at: number, endedAt: Date): Promise<string> {
  const key = sha256(`${project} ${at}`);
  const failed = at % 10 === 0;
  const started = new Date(endedAt.getTime() - 60_000).toISOString();
  const record: BuildRecord = {
    ...{ schema: 1, key, project, version: '1.0', target: 'python-3.13', image: 'image', recipe: {} },
    sdist: { filename: `${project}-1.0.tar.gz`, sha256: sha256(project) },
    ...{ run: 1, attempts: 1, state: failed ? 'failed' : 'stored', phases: { fetching: 100, building: 55_000 } },
    ...(failed && { reason: REASONS[(at / 10) % REASONS.length]!, message: 'It failed.' }),
    ...{ requestedAt: started, startedAt: started, endedAt: endedAt.toISOString() },
  };
  await closeBuild(store, record);
  return key;
}

/** Builds and lists that ended over the last day, at equal distances. */
export async function fillDay(store: ObjectStore, builds: number, projectOf: (at: number) => string): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const now = Date.now();
  const endOf = (at: number) => new Date(now - Math.floor((at / builds) * DAY));
  await Promise.all(
    Array.from({ length: builds }, (_, at) =>
      limit(async () => {
        await endBuild(store, projectOf(at), at, endOf(at));
        const id = sha256(`list ${at}`).slice(0, 32);
        const figures = [1, 20, 5, 1, at % 10 === 0 ? 1 : 0, 1200];
        await writeRecent(store, 'prebuilds', { id, endedAt: endOf(at).toISOString(), state: 'ready', figures });
      }),
    ),
  );
}
