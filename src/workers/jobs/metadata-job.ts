import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCoreMetadata } from '../../core/core-metadata.ts';
import { CoreError } from '../../core/faults.ts';
import { normalizeName } from '../../core/names.ts';
import { compareVersions, parseVersion } from '../../core/version.ts';
import { BuildFailure, FAILURES } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { checked } from '../../storage/json-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import { seesStored, type Worker } from '../context.ts';
import type { Handler, WorkContext } from '../queue/queue.ts';
import { type MetadataAnswer, MetadataMessage } from '../queue/works.ts';
import { buildLimits } from './build-limits.ts';
import { removeEarlierRuns } from './earlier-runs.ts';
import { LiveLog } from './live-log.ts';
import { fetchSource } from './source.ts';
import { sourceDate } from './source-date.ts';

const UNKNOWN = Buffer.alloc(0);

/**
 * Has an sdist say what its wheel will say of itself, keeps that in the bucket, and tells whoever asked. What fails here says
 * nothing of the build: only that its metadata is not known before.
 */
export function metadataJob(worker: Worker): Handler {
  return async (data, context) => {
    const message = checked(MetadataMessage, data, 'A look at metadata');
    const found = await lookAt(worker, message, context).catch((error) => {
      if (!(error instanceof BuildFailure)) throw error;
      context.signal.throwIfAborted();
      worker.log.info(
        { project: message.project, version: message.version, target: message.target, reason: error.reason },
        `what the wheel will say of itself is not known before it is built: ${error.message}`,
      );
      // Another time it may be known; then nothing is kept.
      return FAILURES[error.reason].retry ? undefined : UNKNOWN;
    });
    if (found) await worker.store.put(paths.preparedMetadata(message.key), found);
    const answer: MetadataAnswer = { outcome: found && found.length > 0 ? 'stored' : 'unknown' };
    await context.answer(answer);
  };
}

async function lookAt(worker: Worker, message: MetadataMessage, context: WorkContext): Promise<Buffer> {
  const target = await readTarget(worker.store, message.target);
  if (target?.build.identity !== message.image)
    throw new BuildFailure('worker-lost', `The build image of ${message.target} has changed meanwhile.`);
  if (!worker.builder.metadata) return UNKNOWN;
  const { signal } = context;
  const folder = await mkdtemp(join(worker.scratch, 'metadata-'));
  const log = new LiveLog((text) => context.log(text));
  try {
    await removeEarlierRuns(worker, context);
    const source = await fetchSource(worker, message, { folder, signal });
    const sdist = { path: source.path, filename: message.sdist.filename, size: source.size };
    const task = { target, sdist, recipe: message.recipe, sourceDate: await sourceDate(source.path) };
    const gateway = worker.gateway.view({ storedWheels: seesStored(worker) });
    const limits = await buildLimits(worker, message);
    const bytes = await worker.builder.metadata(task, { job: context.id, gateway, log, limits, signal });
    if (bytes && !isOf(message, bytes))
      throw new BuildFailure(
        'bad-wheel',
        'The metadata that its build back-end tells is of another project or version.',
      );
    return bytes ?? UNKNOWN;
  } finally {
    await log.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What came out of a container is believed as far as a wheel of this name would be. */
function isOf({ project, version }: MetadataMessage, bytes: Buffer): boolean {
  try {
    const metadata = parseCoreMetadata(bytes);
    return metadata.name === normalizeName(project) && compareVersions(metadata.version, parseVersion(version)) === 0;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}
