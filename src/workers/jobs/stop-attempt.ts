import { setTimeout as after } from 'node:timers/promises';
import type { Cancel } from '../../core/records/cancel.ts';
import type { PrebuildRequest } from '../../core/records/prebuild.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readOpenBuild, waitingPrebuilds } from '../../storage/build-records.ts';
import { removeCancel, wishCancel } from '../../storage/cancels.ts';
import { readOpenPrebuild } from '../../storage/prebuild-records.ts';
import type { Worker } from '../context.ts';
import { fulfilCancel } from '../queue/cancel-build.ts';
import { RetryLater, type Work } from '../queue/queue.ts';
import { prebuildWork, proofWork } from '../queue/works.ts';

type Parts = Pick<Worker, 'store' | 'queue'>;

/** Planning ends within this time of being told to, unless its worker is gone: told again, and looked at, so often. */
const LOOKS = 20;
const LOOK_EVERY = 100;

/**
 * A build whose worker is gone ends when another one takes it up. The prebuild waits for that no longer than this (in
 * milliseconds); the wish to cancel the build stays until then.
 */
const PATIENCE = 60_000;

/**
 * Stops the job that plans a cancelled attempt and fetches what it mirrors. When it has stopped, the plan is there or never
 * comes.
 *
 * @throws RetryLater while a worker goes on with it that does not listen.
 */
export async function stopPlanning(parts: Parts, request: PrebuildRequest): Promise<void> {
  await stop(parts, request, prebuildWork(request));
}

/** Stops the proof of a cancelled attempt: it is there when this returns, or never comes. Throws as `stopPlanning` does. */
export async function stopProving(parts: Parts, request: PrebuildRequest): Promise<void> {
  await stop(parts, request, proofWork(request));
}

async function stop(parts: Parts, request: PrebuildRequest, { lane, id }: Work): Promise<void> {
  const isRunning = async () => (await parts.queue.cancel(lane, id)) === 'running';
  for (let look = 1; await isRunning(); look++) {
    if (look === LOOKS) throw new RetryLater(`The job of prebuild ${request.id} does not stop.`);
    await after(LOOK_EVERY);
  }
}

/**
 * Cancels the builds of a cancelled attempt that nobody else waits for.
 *
 * @returns false while one of them still runs: its end brings the settle job back.
 */
export async function letGoOfAll(
  parts: Parts,
  prebuild: string,
  keys: readonly string[],
  cancel: Cancel,
): Promise<boolean> {
  let isOver = true;
  for (const key of keys) if (!(await letGo(parts, key, prebuild))) isOver = false;
  // Also where the clock was set back since: nobody is to wait for hours.
  return isOver || Math.abs(Date.now() - Date.parse(cancel.at)) > PATIENCE;
}

/** True when the build has ended or goes on for others. */
async function letGo(parts: Parts, key: string, prebuild: string): Promise<boolean> {
  const { store } = parts;
  const request = await readOpenBuild(store, key);
  if (!request || !(await store.head(paths.waiting(key, prebuild)))) return true;
  // First the wish, then the look: whoever comes to wait in between sees the wish and waits for it to be decided.
  const cancel = await wishCancel(store, key, request.run);
  if (!cancel.force && (await othersWait(parts, key, prebuild))) {
    await store.remove(paths.waiting(key, prebuild));
    // Of two that let go at once, the last one ends it.
    if (await othersWait(parts, key, prebuild)) {
      await removeCancel(store, key, request.run);
      return true;
    }
  }
  await fulfilCancel(parts, key);
  const open = await readOpenBuild(store, key);
  return !open || open.run > request.run;
}

async function othersWait({ store }: Parts, key: string, prebuild: string): Promise<boolean> {
  for (const other of await waitingPrebuilds(store, key))
    if (other !== prebuild && (await readOpenPrebuild(store, other)) !== undefined) return true;
  return false;
}
