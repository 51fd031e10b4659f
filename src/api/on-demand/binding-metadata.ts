import { readPkgInfo } from '../../check/check-sdist.ts';
import { isBinding } from '../../core/core-metadata.ts';
import type { NormalizedName } from '../../core/names.ts';
import type { Sha256 } from '../../core/sha256.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { UpstreamFile } from '../../upstream/upstream.ts';
import type { Api } from '../context.ts';

/** Larger sdists are left alone until they are built, or looked into by a worker. */
const MAX_SDIST_BYTES = 20 * 1024 * 1024;
/** Unpacked, which says when a small one is a bomb. */
const LIMITS = { members: 20_000, unpackedBytes: 200 * 1024 * 1024 };

const BINDS_NOTHING = Buffer.alloc(0);

/**
 * What the PKG-INFO of an sdist says of its wheels as far as it binds them to it (metadata 2.2, PEP 643): the same for every
 * target. Read once and kept.
 *
 * @returns undefined where it does not bind them, or cannot be read here
 */
export async function bindingMetadata(
  { store, upstream, scratch, log }: Pick<Api, 'store' | 'upstream' | 'scratch' | 'log'>,
  { project, file, sha256 }: { project: NormalizedName; file: UpstreamFile; sha256: Sha256 },
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const kept = await store.read(paths.sdistMetadata(sha256));
  if (kept) return kept.length > 0 ? kept : undefined;
  if (file.kind !== 'sdist' || (file.size ?? 0) > MAX_SDIST_BYTES) return undefined;
  try {
    const fetched = await upstream.fetch(file, { folder: scratch, sha256, signal });
    try {
      const bytes = await read(fetched.path, file);
      // The build that may follow needs it, too.
      await store.put(paths.sdist(project, sha256, file.filename), { path: fetched.path });
      await store.put(paths.sdistMetadata(sha256), bytes);
      return bytes.length > 0 ? bytes : undefined;
    } finally {
      await fetched.release();
    }
  } catch (error) {
    // Whoever builds it is told; this is for a resolver's sake alone.
    if (!(error instanceof BuildFailure || error instanceof WheelmillError)) throw error;
    log.debug({ err: error }, `the metadata of ${file.filename} is not known before it is built`);
    return undefined;
  }
}

async function read(path: string, file: Extract<UpstreamFile, { kind: 'sdist' }>): Promise<Buffer> {
  const found = await readPkgInfo(path, file.sdist, LIMITS).catch((error) => {
    if (error instanceof WheelmillError && error.code === 'bad-upload') return undefined;
    throw error;
  });
  return found && isBinding(found.metadata) ? found.bytes : BINDS_NOTHING;
}
