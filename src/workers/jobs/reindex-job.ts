import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { readMetadata } from '../../check/read-metadata.ts';
import type { Reindex, ReindexFault, ReindexRequest } from '../../core/records/reindex.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { BuildFailure } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { renderProject } from '../../storage/project-pages.ts';
import { knownProjects } from '../../storage/projects.ts';
import { closeReindex, readOpenReindex, writeReindex } from '../../storage/reindex-records.ts';
import { checkProject, withdrawWheel } from '../../storage/wheel-check.ts';
import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { renderRootPage } from '../queue/render-page.ts';

/** Projects that are looked at at once; most of the time goes into waiting for the store. */
const AT_ONCE = 8;
/** How often it is written how far it has come, in milliseconds. */
const TELL_EVERY = 1000;
/** More would make the record too large to be read whole; the first ones show what happened. */
const MAX_FAULTS = 1000;

type Parts = Pick<Worker, 'store' | 'queue' | 'scratch'>;

/**
 * Goes through all projects: compares their records with what is there, and unless it was only to look, takes off the index
 * what is broken and renders every page anew. The server serves all the while. Cut off, it begins again.
 */
export function reindexJob(worker: Parts): Handler {
  return async (_data, { signal }) => {
    const { store } = worker;
    const request = await readOpenReindex(store);
    if (!request) return;
    const names = await knownProjects(store);
    const reindex = begun(request, names.length);
    let toldAt = 0;
    const limit = pLimit(AT_ONCE);
    const tell = async () => {
      if (performance.now() - toldAt < TELL_EVERY) return;
      toldAt = performance.now();
      await writeReindex(store, reindex);
    };
    await Promise.all(
      names.map((name) =>
        limit(async () => {
          signal.throwIfAborted();
          await reindexProject(worker, name, request, reindex);
          reindex.done++;
          await tell();
        }),
      ),
    );
    if (!request.check) await renderRootPage(worker);
    await closeReindex(store, { ...reindex, state: 'done', endedAt: new Date().toISOString() });
  };
}

function begun(request: ReindexRequest, projects: number): Reindex {
  return {
    ...request,
    ...{ state: 'running', done: 0, projects, wheels: 0, unreferenced: 0, faults: [], faultCount: 0 },
    startedAt: new Date().toISOString(),
  };
}

async function reindexProject(worker: Parts, project: string, request: ReindexRequest, into: Reindex): Promise<void> {
  const { store, queue } = worker;
  const { wheels, unreferenced, faults } = await checkProject(store, project, request.hash);
  into.wheels += wheels;
  into.unreferenced += unreferenced;
  for (const { filename, fault, record } of faults) {
    const outcome = request.check || !record ? 'left' : await mend(worker, record, fault);
    into.faultCount++;
    if (into.faults.length < MAX_FAULTS) into.faults.push({ project, filename, fault, outcome });
  }
  if (request.check) return;
  await renderProject(store, project);
  await queue.notify({ kind: 'projects', id: project }).catch(() => undefined);
}

/** What the wheel itself can give back is taken from it; otherwise it is withdrawn. */
async function mend(
  worker: Parts,
  record: WheelRecord,
  fault: ReindexFault['fault'],
): Promise<ReindexFault['outcome']> {
  const { store } = worker;
  const { project, sha256, filename } = record;
  if (fault === 'metadata-missing' || fault === 'metadata-wrong-hash') {
    const metadata = await metadataOf(worker, record);
    if (metadata) {
      await store.put(paths.wheelMetadata(project, sha256, filename), metadata);
      return 'restored';
    }
  }
  await withdrawWheel(store, record, `found broken: ${fault}`);
  return 'withdrawn';
}

/** The metadata that the record promises, from the stored wheel; undefined when it is not that. */
async function metadataOf({ store, scratch }: Parts, record: WheelRecord): Promise<Buffer | undefined> {
  const path = join(scratch, `reindex-${randomUUID()}.whl`);
  try {
    if (!(await download(store, record, path))) return undefined;
    const metadata = await readMetadata(path, record.filename);
    return sha256Hex(metadata) === record.metadataSha256 ? metadata : undefined;
  } catch (error) {
    if (error instanceof BuildFailure) return undefined;
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

async function download(store: ObjectStore, record: WheelRecord, path: string): Promise<boolean> {
  const open = await store.open(paths.wheelFile(record.project, record.sha256, record.filename));
  if (!open) return false;
  await pipeline(open.body, createWriteStream(path));
  return true;
}
