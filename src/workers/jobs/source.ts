import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { normalizeName } from '../../core/names.ts';
import type { BuildRequest } from '../../core/records/build.ts';
import { parseSha256 } from '../../core/sha256.ts';
import { BuildFailure } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { FetchedFile, UpstreamFile } from '../../upstream/upstream.ts';
import type { Worker } from '../context.ts';

type Wanted = Pick<BuildRequest, 'project' | 'sdist'>;

/**
 * The sdist of a build on this machine's disk, verified: from the bucket where it was kept, else from upstream, and then
 * kept. Its file is in `folder`.
 *
 * @throws BuildFailure `fetch-failed`, `hash-mismatch`, `upstream-unavailable`.
 */
export async function fetchSource(
  worker: Worker,
  request: Wanted,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<FetchedFile> {
  const { filename, sha256 } = request.sdist;
  const key = paths.sdist(request.project, sha256, filename);
  const kept = await worker.store.open(key, { signal });
  if (kept) {
    const path = join(folder, filename);
    await pipeline(kept.body, createWriteStream(path), { signal });
    return { path, size: kept.size, sha256: parseSha256(sha256), release: () => rm(path, { force: true }) };
  }
  const file = await offered(worker, request, signal);
  const fetched = await worker.upstream.fetch(file, { folder, sha256: parseSha256(sha256), signal });
  try {
    await worker.store.put(key, { path: fetched.path }, { signal });
  } catch (error) {
    await fetched.release();
    throw error;
  }
  return fetched;
}

/** The sdist on upstream's index. Another process has planned it, maybe from a newer page than the one kept here. */
async function offered(worker: Worker, { project, sdist }: Wanted, signal: AbortSignal): Promise<UpstreamFile> {
  const { filename, sha256 } = sdist;
  for (const options of [{ signal }, { signal, maxAge: 0 }]) {
    const page = await worker.upstream.project(normalizeName(project), options);
    const file = page?.files.find(
      (one) => one.filename === filename && (one.sha256 === undefined || one.sha256 === sha256),
    );
    if (file) return file;
  }
  throw new BuildFailure('fetch-failed', `${filename} with sha256 ${sha256} is no longer on upstream's index.`);
}
