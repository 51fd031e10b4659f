import { LRUCache } from 'lru-cache';
import { type NormalizedName, normalizeName } from '../core/names.ts';
import type { SdistRecord } from '../core/records/sdist.ts';
import { parseSdistFilename } from '../core/sdist-filename.ts';
import { parseSha256 } from '../core/sha256.ts';
import { listClaims, readClaim } from '../storage/claims.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { listSdistNames, readSdistRecord } from '../storage/sdist-records.ts';
import { createSingleFlight } from './single-flight.ts';
import { uploadUrl } from './upload-url.ts';
import type { UpstreamFile } from './upstream.ts';

/**
 * For so long, in milliseconds, claims and lists of uploads are taken as last read: one look for the hundreds of names of a
 * plan, and for the many pages an installer asks for, and what another process stores is seen before anybody wonders.
 */
const REMEMBERED = 1_000;

/** Uploaded sdists of claimed names. */
export type PrivateProjects = {
  /**
   * The sdists of a claimed name, the very same array as long as nothing changed; undefined where the name is not claimed.
   * With `fresh`, as it is now.
   */
  sdists(name: NormalizedName, options?: { fresh?: boolean }): Promise<UpstreamFile[] | undefined>;
  /** Whether it is known without a look at the bucket that the name is not claimed. */
  isKnownFree(name: NormalizedName): boolean;
  /** This process has changed something of the name: it is read again when it is asked for. */
  changed(name: NormalizedName): void;
};

/** Projects whose lists are kept in memory. */
const MAX_PROJECTS = 5_000;

export function createPrivateProjects(
  store: ObjectStore,
  now: () => number = () => performance.now(),
): PrivateProjects {
  const files = new LRUCache<string, { readAt: number; list: UpstreamFile[] }>({ max: MAX_PROJECTS });
  const once = createSingleFlight<ReadonlySet<string>>();
  /** A look that began before the last change of this process says nothing of now. */
  let changes = 0;
  let claims: { readAt: number; names: ReadonlySet<string> } | undefined;

  const isFresh = (known: { readAt: number }) => now() - known.readAt < REMEMBERED;

  async function isClaimed(name: NormalizedName, fresh: boolean): Promise<boolean> {
    if (fresh) return (await readClaim(store, name)) !== undefined;
    if (claims && isFresh(claims)) return claims.names.has(name);
    const before = changes;
    const names = await once(String(before), undefined, async () => {
      const readAt = now();
      const found = new Set<string>();
      for await (const claimed of listClaims(store)) found.add(claimed);
      if (changes === before) claims = { readAt, names: found };
      return found;
    });
    return names.has(name);
  }

  async function listed(name: NormalizedName, fresh: boolean): Promise<UpstreamFile[]> {
    const known = files.get(name);
    if (known && !fresh && isFresh(known)) return known.list;
    const before = changes;
    const readAt = now();
    const names = await listSdistNames(store, name);
    // A record never changes: the same names are the same files.
    const isSame = known && names.join() === known.list.map((one) => one.filename).join();
    const list = isSame ? known.list : await read(name, names);
    if (changes === before) files.set(name, { readAt, list });
    return list;
  }

  async function read(name: NormalizedName, names: readonly string[]): Promise<UpstreamFile[]> {
    const records = await Promise.all(names.map((one) => readSdistRecord(store, name, one)));
    return records.flatMap((record) => (record ? [uploadedFile(record)] : []));
  }

  return {
    async sdists(name, { fresh = false } = {}) {
      return (await isClaimed(name, fresh)) ? listed(name, fresh) : undefined;
    },
    isKnownFree: (name) => claims !== undefined && isFresh(claims) && !claims.names.has(name),
    changed(name) {
      changes += 1;
      claims = undefined;
      files.delete(name);
    },
  };
}

function uploadedFile({ project, filename, sha256, size, requiresPython, uploadedAt }: SdistRecord): UpstreamFile {
  return {
    kind: 'sdist',
    filename,
    sdist: parseSdistFilename(filename, normalizeName(project)),
    url: uploadUrl({ project, sha256, filename }),
    sha256: parseSha256(sha256),
    size,
    uploadTime: new Date(uploadedAt).toISOString(),
    ...(requiresPython !== undefined && { requiresPython }),
  };
}
