import { gzipSync } from 'node:zlib';
import type { BuildRecord, BuildRequest } from '../../core/records/build.ts';
import type { Cancel } from '../../core/records/cancel.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readFinalRecord, readOpenBuild } from '../../storage/build-records.ts';
import { readCancel, removeCancel } from '../../storage/cancels.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { endBuild } from './end-build.ts';
import type { WorkQueue } from './queue.ts';

type Parts = { store: ObjectStore; queue: WorkQueue; metrics?: Metrics };

/**
 * Does what the wish to cancel a build asks for: one that runs is told to stop, and its job writes the record; one that
 * nobody runs is ended here. Whoever comes, and however often, the outcome is the same.
 */
export async function fulfilCancel(parts: Parts, key: string): Promise<void> {
  const { store, queue } = parts;
  const cancel = await readCancel(store, key);
  if (!cancel) return;
  const request = await readOpenBuild(store, key);
  if (!request || request.run > cancel.of) return removeCancel(store, key, cancel.of);
  if ((await queue.cancel(`builds.${request.target}`, key)) === 'running') return;
  await endBuild(parts, (await readFinalRecord(store, request)) ?? (await neverRan(store, request, cancel)));
}

/** The record of a run that was cancelled before it began: the same, to the byte, from everybody who writes it. */
export async function neverRan(store: ObjectStore, request: BuildRequest, cancel: Cancel): Promise<BuildRecord> {
  const { schema, key, project, version, target, image, sdist, recipe, visibility, run, requestedAt } = request;
  await store.put(paths.buildLog(key), gzipSync('wheelmill: cancelled before it began\n'));
  return {
    ...{ schema, key, project, version, target, image, sdist, recipe, visibility, run, requestedAt },
    state: 'failed',
    reason: 'cancelled',
    message: 'It was cancelled before it began.',
    attempts: 0,
    phases: {},
    startedAt: cancel.at,
    endedAt: cancel.at,
  };
}
