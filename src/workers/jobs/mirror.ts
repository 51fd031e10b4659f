import pLimit from 'p-limit';
import { readMetadata } from '../../check/read-metadata.ts';
import { normalizeName } from '../../core/names.ts';
import type { MirrorFailures, Plan, PlanItem } from '../../core/records/prebuild.ts';
import { parseSha256 } from '../../core/sha256.ts';
import { BuildFailure } from '../../errors.ts';
import { readMirrorFailures, writeMirrorFailures } from '../../storage/prebuild-records.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';
import type { UpstreamFile } from '../../upstream/upstream.ts';
import type { Worker } from '../context.ts';
import { publish } from '../publish.ts';
import { RetryLater, type WorkContext } from '../queue/queue.ts';

type MirrorItem = Extract<PlanItem, { kind: 'mirror' }>;

/** Downloads of one prebuild at once. */
const AT_ONCE = 4;

/**
 * Fetches, verifies and stores the upstream wheels of a plan. What cannot be had is written down for the prebuild's
 * record; where a retry can help, the whole job is tried again first (stored ones are not fetched twice).
 */
export async function mirrorItems(worker: Worker, plan: Plan, context: WorkContext): Promise<void> {
  const limit = pLimit(AT_ONCE);
  // Where wheels come before the plan they are looked at twice: what has failed for good is not fetched again.
  const failures = { ...(await readMirrorFailures(worker.store, plan.id, plan.attempt)) };
  const items = plan.items.filter((item) => item.kind === 'mirror').filter((item) => !failures[item.wheel.filename]);
  await Promise.all(
    items.map((item) =>
      limit(() => mirrorOne(worker, item, context).catch((error) => noteFailure(failures, item, error, context))),
    ),
  );
  if (Object.keys(failures).length > 0) await writeMirrorFailures(worker.store, plan.id, plan.attempt, failures);
}

function noteFailure(
  failures: MirrorFailures['failures'],
  item: MirrorItem,
  error: unknown,
  context: WorkContext,
): void {
  if (!(error instanceof BuildFailure) || context.signal.aborted) throw error;
  if (error.retry && context.willRetry) throw new RetryLater(error.message, { cause: error });
  failures[item.wheel.filename] = { reason: error.reason, message: error.message };
}

async function mirrorOne(worker: Worker, item: MirrorItem, context: WorkContext): Promise<void> {
  const { filename, sha256 } = item.wheel;
  const there = await readWheelRecord(worker.store, item.project, filename);
  if (there?.sha256 === sha256) return;
  const file = await offered(worker, item, context.signal);
  const fetched = await worker.upstream.fetch(file, {
    folder: worker.scratch,
    sha256: parseSha256(sha256),
    signal: context.signal,
  });
  try {
    const metadata = await readMetadata(fetched.path, filename);
    await publish(worker, {
      project: item.project,
      version: item.version,
      filename,
      sha256,
      path: fetched.path,
      size: fetched.size,
      metadata,
      visibility: 'public',
      origin: 'mirrored',
      ...(file.requiresPython !== undefined && { requiresPython: file.requiresPython }),
      ...(file.yanked && { yanked: file.yanked }),
      ...uploadedAt(file),
    });
    await context.notify({ kind: 'projects', id: item.project });
  } finally {
    await fetched.release();
  }
}

/** Where the index says so in words that can be read. */
function uploadedAt({ uploadTime = '' }: UpstreamFile): { uploadedAt?: Date } {
  const time = Date.parse(uploadTime);
  return Number.isNaN(time) ? {} : { uploadedAt: new Date(time) };
}

async function offered(worker: Worker, item: MirrorItem, signal: AbortSignal): Promise<UpstreamFile> {
  // Another process has planned it, maybe from a newer page than the one that is kept here.
  for (const options of [{ signal }, { signal, maxAge: 0 }]) {
    const project = await worker.upstream.project(normalizeName(item.project), options);
    const file = project?.files.find((one) => one.filename === item.wheel.filename);
    if (file) return file;
  }
  throw new BuildFailure(
    'fetch-failed',
    `${item.wheel.filename} is no longer on upstream's index. Send the list again to plan without it.`,
  );
}
