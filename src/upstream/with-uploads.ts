import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { NormalizedName } from '../core/names.ts';
import { parseSha256 } from '../core/sha256.ts';
import { BuildFailure } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createPrivateProjects, type PrivateProjects } from './private-projects.ts';
import { parseUploadUrl } from './upload-url.ts';
import type { FetchedFile, FetchOptions, Upstream, UpstreamFile, UpstreamProject } from './upstream.ts';

/** Upstream as everything here sees it: for claimed names there is none, and what was uploaded stands in its place. */
export type UpstreamWithUploads = Upstream & {
  /** What upstream itself has of a name, asked now, claimed or not. Throws BuildFailure `upstream-unavailable`. */
  beyondClaims(name: NormalizedName): Promise<UpstreamProject | undefined>;
  /** This process has stored a claim or an upload of the name. */
  changed: PrivateProjects['changed'];
};

/**
 * Wraps the upstream client: a claimed name is never asked for upstream, by nobody and for nothing, and has exactly the
 * uploaded sdists. So planner, resolver, gateway, dry runs, mirror and builds need to know nothing of claims.
 *
 * Whether a name is claimed is remembered for a second; with `maxAge: 0` the bucket is asked. All methods also throw what the
 * store throws: where claims cannot be read no name is looked up.
 */
export function withUploads(upstream: Upstream, store: ObjectStore): UpstreamWithUploads {
  const projects = createPrivateProjects(store);

  /** Undefined where the name is upstream's. */
  async function own(
    name: NormalizedName,
    fresh = false,
  ): Promise<{ project: UpstreamProject | undefined } | undefined> {
    const files = await projects.sdists(name, { fresh });
    if (!files) return undefined;
    return {
      project: files.length > 0 ? { name, files, versions: [], fetchedAt: new Date(), stale: false } : undefined,
    };
  }

  return {
    async project(name, options = {}) {
      const found = await own(name, options.maxAge === 0);
      return found ? found.project : upstream.project(name, options);
    },
    remembered: (name) => (projects.isKnownFree(name) ? upstream.remembered(name) : undefined),
    async cached(name) {
      const found = await own(name);
      return found ? found.project : upstream.cached(name);
    },
    metadata: async (file, options) => (parseUploadUrl(file.url) ? undefined : upstream.metadata(file, options)),
    metadataBytes: async (file, options) =>
      parseUploadUrl(file.url) ? undefined : upstream.metadataBytes(file, options),
    fetch: (file, options) =>
      parseUploadUrl(file.url) ? fromBucket(store, file, options) : upstream.fetch(file, options),
    check: () => upstream.check(),
    close: () => upstream.close(),
    beyondClaims: (name) => upstream.project(name, { maxAge: 0 }),
    changed: projects.changed,
  };
}

/** An uploaded file on this machine's disk. The bucket is asked for it by hash, and is not believed either. */
async function fromBucket(
  store: ObjectStore,
  file: UpstreamFile,
  { folder: parent, sha256, signal, growing }: FetchOptions,
): Promise<FetchedFile> {
  const { project, sha256: stored, filename } = parseUploadUrl(file.url)!;
  const expected = sha256 ?? parseSha256(stored);
  const open = await store.open(paths.sdist(project, stored, filename), signal ? { signal } : {});
  if (!open)
    throw new BuildFailure('fetch-failed', `${filename} was uploaded here, but its bytes are no longer stored.`);
  const folder = join(parent, `fetch-${randomUUID()}`);
  const path = join(folder, filename);
  const release = () => rm(folder, { recursive: true, force: true });
  const hash = createHash('sha256');
  try {
    await mkdir(folder, { recursive: true });
    await pipeline(
      open.body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx' }),
      signal ? { signal } : {},
    );
    const got = parseSha256(hash.digest('hex'));
    if (got !== expected)
      throw new BuildFailure(
        'hash-mismatch',
        `${filename} as stored has the SHA-256 ${got}, but ${expected} was expected.`,
      );
    growing?.end();
    return { path, size: open.size, sha256: got, release };
  } catch (error) {
    open.body.destroy();
    await release();
    throw error;
  }
}
