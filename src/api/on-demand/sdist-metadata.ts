import pLimit from 'p-limit';
import { readPkgInfo } from '../../check/check-sdist.ts';
import { isBinding } from '../../core/core-metadata.ts';
import type { NormalizedName } from '../../core/names.ts';
import type { Promised } from '../../core/promises.ts';
import type { Sha256 } from '../../core/sha256.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { UpstreamFile } from '../../upstream/upstream.ts';
import type { Api } from '../context.ts';

/** Sdists of a project that are looked into before anybody asks for their wheel: a resolver takes the newest that it may. */
const LOOKED_INTO = 3;
/** Larger ones are left alone until they are built. */
const MAX_SDIST_BYTES = 20 * 1024 * 1024;
/** Unpacked, which says when a small one is a bomb. */
const LIMITS = { members: 20_000, unpackedBytes: 200 * 1024 * 1024 };
/** Milliseconds that a page waits for what is being looked into. pip waits fifteen seconds for a page. */
const PAGE_WAITS = 4_000;
const AT_ONCE = 4;

type Sdist = Promised<UpstreamFile>;

/** What wheels will say of themselves that are not built yet, as far as their sdists bind them to it (metadata 2.2, PEP 643). */
export type SdistMetadata = {
  /**
   * Of which of these sdists it is known, the newest first. The first few are looked into; the answer waits a moment for them, and
   * `later` is called when one has become known after that.
   */
  known(project: NormalizedName, sdists: readonly Sdist[], later: () => void): Promise<ReadonlySet<Sha256>>;
  /** The PKG-INFO of an sdist that binds its wheels. */
  read(project: NormalizedName, sdist: Sha256): Promise<Buffer | undefined>;
  close(): Promise<void>;
};

export function createSdistMetadata({ store, upstream, scratch, log }: Api): SdistMetadata {
  const limit = pLimit(AT_ONCE);
  const looks = new Map<Sha256, Promise<Buffer | undefined>>();
  const closing = new AbortController();

  /** Undefined where nobody has looked yet; empty where it does not bind. */
  const kept = (sdist: Sha256) => store.read(paths.sdistMetadata(sdist));

  function lookInto(project: NormalizedName, { file, sha256 }: Sdist): Promise<Buffer | undefined> {
    const look =
      looks.get(sha256) ??
      limit(() => read(project, file, sha256))
        .catch((error) => {
          // Whoever builds it is told; this is for a resolver's sake alone.
          if (!(error instanceof BuildFailure || error instanceof WheelmillError)) throw error;
          log.debug({ err: error }, `the metadata of ${file.filename} is not known before it is built`);
          return undefined;
        })
        .finally(() => looks.delete(sha256));
    looks.set(sha256, look);
    return look;
  }

  async function read(project: NormalizedName, file: UpstreamFile, sha256: Sha256): Promise<Buffer | undefined> {
    if (file.kind !== 'sdist' || closing.signal.aborted) return undefined;
    const fetched = await upstream.fetch(file, { folder: scratch, sha256, signal: closing.signal });
    try {
      const found = await readPkgInfo(fetched.path, file.sdist, LIMITS).catch((error) => {
        if (error instanceof WheelmillError && error.code === 'bad-upload') return undefined;
        throw error;
      });
      const bytes = found && isBinding(found.metadata) ? found.bytes : Buffer.alloc(0);
      // The build that may follow needs it, too.
      await store.put(paths.sdist(project, sha256, file.filename), { path: fetched.path });
      await store.put(paths.sdistMetadata(sha256), bytes);
      return bytes;
    } finally {
      await fetched.release();
    }
  }

  return {
    async known(project, sdists, later) {
      const found = new Set<Sha256>();
      const missing: Sdist[] = [];
      await Promise.all(
        sdists.slice(0, LOOKED_INTO).map(async (one) => {
          const bytes = await kept(one.sha256);
          if (bytes && bytes.length > 0) found.add(one.sha256);
          if (!bytes && (one.file.size ?? 0) <= MAX_SDIST_BYTES) missing.push(one);
        }),
      );
      if (missing.length === 0) return found;
      let isLate = false;
      const all = missing.map(async (one) => {
        const bytes = await lookInto(project, one);
        if (!bytes || bytes.length === 0) return;
        if (isLate) later();
        else found.add(one.sha256);
      });
      const enough = timeLimit(PAGE_WAITS);
      await Promise.race([
        Promise.all(all),
        new Promise((resolve) => enough.addEventListener('abort', resolve, { once: true })),
      ]);
      isLate = true;
      return new Set(found);
    },
    async read(project, sdist) {
      const bytes = await kept(sdist);
      if (bytes) return bytes.length > 0 ? bytes : undefined;
      const page = await upstream.project(project);
      const file = page?.files.find((one) => one.kind === 'sdist' && one.sha256 === sdist);
      if (file?.kind !== 'sdist') return undefined;
      const again = await lookInto(project, { version: file.sdist.version, file, sha256: sdist, key: undefined });
      return again && again.length > 0 ? again : undefined;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(looks.values());
    },
  };
}
