import { paths } from '../storage/bucket-paths.ts';
import { readOpenBuild } from '../storage/build-records.ts';
import { readOpenPrebuild, readPrebuildRequest } from '../storage/prebuild-records.ts';
import type { Worker } from './context.ts';
import type { Work } from './queue/queue.ts';
import { buildWork, pageWork, prebuildWork } from './queue/works.ts';

/**
 * Puts back what the queue lost: a job for every open build and prebuild that has none, and a rendering of every
 * project whose page is marked dirty. All of it may be done twice.
 *
 * @returns how many jobs were added.
 */
export async function upkeep(worker: Pick<Worker, 'store' | 'queue'>): Promise<number> {
  let added = 0;
  const ensure = async (work: Work) => {
    if (await worker.queue.has(work.lane, work.id)) return;
    await worker.queue.add(work);
    added++;
  };
  for await (const key of worker.store.list(paths.openBuilds())) {
    const request = await readOpenBuild(worker.store, lastPart(key));
    if (request) await ensure(buildWork(request.target, request.key));
  }
  for await (const key of worker.store.list(paths.openPrebuilds())) {
    const id = lastPart(key);
    const attempt = await readOpenPrebuild(worker.store, id);
    const request = attempt === undefined ? undefined : await readPrebuildRequest(worker.store, id, attempt);
    if (request) await ensure(prebuildWork(id, request.attempt, request.target));
  }
  for await (const folder of worker.store.list(paths.allDirty(), { folders: true }))
    await ensure(pageWork(folder.split('/').at(-2)!));
  return added;
}

const lastPart = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
