import { LRUCache } from 'lru-cache';
import type { Supply } from '../core/choose.ts';
import { type CoreMetadata, parseCoreMetadata } from '../core/core-metadata.ts';
import type { NormalizedName } from '../core/names.ts';
import { indexedWheels } from '../core/private-files.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { BuildFailure } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import { readClaim } from '../storage/claims.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readRecipes } from '../storage/recipe-records.ts';
import { listSdistRecords } from '../storage/sdist-records.ts';
import { listWheelRecords } from '../storage/wheel-records.ts';
import type { Upstream, UpstreamFile } from '../upstream/upstream.ts';

export type Sources = { store: ObjectStore; upstream: Upstream };

/** What there is of a project, and why upstream could not be asked where that is so. */
export type Offer = Supply<UpstreamFile> & { upstreamFailure?: BuildFailure };

/** Thrown in cached-only planning where the answer would need a request to upstream. */
export class NotCached extends Error {
  constructor(project: string) {
    super(`What upstream has of ${project} is not cached.`);
    this.name = 'NotCached';
  }
}

/** `maxAge` is in milliseconds, of upstream's pages; the client's own default where it is left out. */
export type GatherOptions = { cachedOnly?: boolean; maxAge?: number; rebuild?: boolean; signal?: AbortSignal };

/** Stored wheels and upstream files of one project; upstream being away is data, not an error. */
export async function gather(sources: Sources, name: NormalizedName, options: GatherOptions): Promise<Offer> {
  const [stored, recipes, upstream] = await Promise.all([
    wheelsOf(sources.store, name),
    readRecipes(sources.store, name),
    options.cachedOnly ? fromCache(sources.upstream, name) : fromUpstream(sources.upstream, name, options),
  ]);
  const offered = upstream.offered && asYankedHere(upstream.offered, stored);
  return { stored, recipes: recipes?.recipes ?? [], rebuild: options.rebuild, ...upstream, offered };
}

/** What somebody here has yanked is not planned with, though upstream offers it. */
function asYankedHere(offered: readonly UpstreamFile[], stored: readonly WheelRecord[]): readonly UpstreamFile[] {
  const yanked = new Map(stored.flatMap((one) => (one.yankedHere && one.yanked ? [[one.sha256, one.yanked]] : [])));
  if (yanked.size === 0) return offered;
  return offered.map((file) => {
    const why = file.sha256 && yanked.get(file.sha256);
    return why ? { ...file, yanked: why } : file;
  });
}

/**
 * The stored wheels that may be chosen. Private ones only where the name is claimed: elsewhere it is upstream's. The other way
 * round nothing is to be done, as stored wheels of upstream are chosen beside upstream's own list of files only.
 */
async function wheelsOf(store: ObjectStore, name: NormalizedName): Promise<WheelRecord[]> {
  const stored = await listWheelRecords(store, name);
  if (!stored.some((one) => one.origin !== 'mirrored')) return stored;
  const sdists = await listSdistRecords(store, name);
  const hasPrivate = sdists.length > 0 || stored.some((one) => one.origin === 'uploaded');
  if (!hasPrivate || (await readClaim(store, name))) return stored;
  return indexedWheels(stored, { claimed: false, sdists });
}

async function fromCache(upstream: Upstream, name: NormalizedName): Promise<Pick<Offer, 'offered' | 'status'>> {
  const project = await upstream.cached(name);
  if (project === 'unknown') throw new NotCached(name);
  return { offered: project?.files ?? [], status: project?.status };
}

async function fromUpstream(
  upstream: Upstream,
  name: NormalizedName,
  options: GatherOptions,
): Promise<Pick<Offer, 'offered' | 'status' | 'upstreamFailure'>> {
  try {
    const project = await upstream.project(name, options);
    return { offered: project?.files ?? [], status: project?.status };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    return { offered: undefined, upstreamFailure: error };
  }
}

/** Metadata never changes for a hash; 10,000 parsed ones are some tens of MB. */
const parsedMetadata = new LRUCache<string, CoreMetadata>({ max: 10_000 });

/** The metadata of a stored wheel, from the `.metadata` object beside it. */
export async function storedMetadata(store: ObjectStore, record: WheelRecord): Promise<CoreMetadata | undefined> {
  const known = parsedMetadata.get(record.metadataSha256);
  if (known) return known;
  const bytes = await store.read(paths.wheelMetadata(record.project, record.sha256, record.filename));
  if (!bytes) return undefined;
  const parsed = parseCoreMetadata(bytes);
  parsedMetadata.set(record.metadataSha256, parsed);
  return parsed;
}
