import { isPrebuildId } from '../core/prebuild-id.ts';
import type { PrebuildRequest } from '../core/records/prebuild.ts';
import { WheelmillError } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import { readOpenBuild } from '../storage/build-records.ts';
import { listCancels } from '../storage/cancels.ts';
import { removeDueBytes } from '../storage/deletions.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readFirstWheels, readOpenPrebuild, readPlan, readPrebuildRequest } from '../storage/prebuild-records.ts';
import { deriveStatus, readPrebuildStatus } from '../storage/prebuild-status.ts';
import { readOpenProof } from '../storage/proof-records.ts';
import { readOpenReindex } from '../storage/reindex-records.ts';
import { readOpenVerification } from '../storage/verification-records.ts';
import type { Worker } from './context.ts';
import { fulfilCancel } from './queue/cancel-build.ts';
import type { Work } from './queue/queue.ts';
import {
  buildWork,
  loneProofWork,
  pageWork,
  prebuildWork,
  proofWork,
  reindexWork,
  settleWork,
  verifyWork,
} from './queue/works.ts';

/**
 * Puts back what the queue lost: a job for every open build, verification and prebuild that needs one and has none, and a
 * rendering of every project whose page is marked dirty. What somebody wants cancelled is not put back but ended. Removes the
 * bytes of wheels that were deleted a day ago. All of it may be done twice.
 *
 * @returns how many jobs were added.
 */
export async function upkeep(worker: Pick<Worker, 'store' | 'queue' | 'metrics' | 'log'>): Promise<number> {
  const { store, queue } = worker;
  let added = 0;
  const ensure = async (work: Work) => {
    if (await queue.has(work.lane, work.id)) return;
    await queue.add(work);
    added++;
  };
  const cancels = new Set(await listCancels(store));
  for (const id of cancels) await (isPrebuildId(id) ? ensure(settleWork(id)) : fulfilCancel(worker, id));
  const each = async (prefix: string, look: (id: string) => Promise<void>) => {
    for await (const key of store.list(prefix))
      await look(lastPart(key)).catch((error) => unreadable(worker, key, error));
  };
  await each(paths.openBuilds(), async (key) => {
    const request = cancels.has(key) ? undefined : await readOpenBuild(store, key);
    if (request) await ensure(buildWork(request));
  });
  await each(paths.openVerifications(), async (key) => {
    const request = await readOpenVerification(store, key);
    if (request) await ensure(verifyWork(request.target, request.key));
  });
  await each(paths.openPrebuilds(), async (id) => {
    if (cancels.has(id)) return;
    const attempt = await readOpenPrebuild(store, id);
    const request = attempt === undefined ? undefined : await readPrebuildRequest(store, id, attempt);
    if (!request || (await queue.has('settles', settleWork(id).id))) return;
    const status = await readPrebuildStatus(store, id, request.attempt);
    if (status?.state === 'proving') await ensure(proofWork(request));
    else if (!(await waitsForBuilds(store, request))) await ensure(prebuildWork(request));
  });
  await each(paths.openProofs(), async (id) => {
    const target = await readOpenProof(store, id);
    if (target !== undefined) await ensure(loneProofWork(target, id));
  });
  if (await readOpenReindex(store)) await ensure(reindexWork());
  await removeForgotten(store);
  await removeDueBytes(store);
  for await (const folder of store.list(paths.allDirty(), { folders: true }))
    await ensure(pageWork(folder.split('/').at(-2)!));
  return added;
}

/** A record that cannot be read keeps nothing else waiting; throws every other error. */
function unreadable({ log }: Pick<Worker, 'log'>, key: string, error: unknown): void {
  if (!(error instanceof WheelmillError) || !(error.code === 'store-corrupt' || error.code === 'store-newer'))
    throw error;
  log.error({ err: error, key }, 'what this record asks for waits until it can be read');
}

/** Whether all that an attempt lacks is builds that are open and will settle it: then it needs no job of its own. */
async function waitsForBuilds(store: ObjectStore, request: PrebuildRequest): Promise<boolean> {
  const { id, attempt } = request;
  const plan = (await readPlan(store, id, attempt)) ?? (await readFirstWheels(store, id, attempt));
  if (!plan) return false;
  const { items, state } = await deriveStatus(store, request, plan);
  if (state !== 'working') return false;
  for (const item of items) {
    if (item.state === 'stored' || item.state === 'failed') continue;
    if (item.kind !== 'build' || !item.build) return false;
    // In the order in which a build that ends looks at them: what is still open afterwards will find who waits.
    const waits = await store.head(paths.waiting(item.build, id));
    if (!waits || !(await store.head(paths.openBuild(item.build)))) return false;
  }
  return true;
}

/** Marks of who waits for a build, left by a prebuild that has ended (its worker died before it took them away). */
async function removeForgotten(store: ObjectStore): Promise<void> {
  const marks: string[] = [];
  for await (const key of store.list(paths.allWaiting())) marks.push(key);
  const isOpen = new Map<string, boolean>();
  for (const mark of marks) {
    const id = lastPart(mark);
    if (!isOpen.has(id)) isOpen.set(id, (await readOpenPrebuild(store, id)) !== undefined);
    if (!isOpen.get(id)) await store.remove(mark);
  }
}

const lastPart = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
