import { LRUCache } from 'lru-cache';
import { type CoreMetadata, parseCoreMetadata } from '../core/core-metadata.ts';
import { CoreError } from '../core/faults.ts';
import { sha256Hex } from '../core/sha256.ts';
import { compareVersions } from '../core/version.ts';
import { BuildFailure, WheelmillError } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readBody } from './body.ts';
import { type Http, HttpFault } from './http.ts';
import { createSingleFlight } from './single-flight.ts';
import type { UpstreamFile } from './upstream.ts';
import { shownUrl } from './upstream-index.ts';

const MAX_METADATA_BYTES = 16 * 1024 * 1024;
const METADATA_TIME = 60_000;

/** `parsed` is undefined for metadata that breaks its grammar, and not there until somebody asked. */
type Known = { bytes: Buffer; parsed?: CoreMetadata | undefined };

export type MetadataReader = {
  bytes(file: UpstreamFile, signal?: AbortSignal): Promise<Buffer | undefined>;
  /** With `cachedOnly` upstream is not asked: undefined then also means that nothing is cached. */
  parsed(
    file: UpstreamFile,
    options?: { signal?: AbortSignal; cachedOnly?: boolean },
  ): Promise<CoreMetadata | undefined>;
};

/** `.metadata` files (PEP 658), for good: in memory (`maxBytes`, about) and in the bucket by the wheel's hash. */
export function createMetadataReader(http: Http, store: ObjectStore, maxBytes: number): MetadataReader {
  const memory = new LRUCache<string, Known>({
    maxSize: maxBytes,
    // The bytes, and at most as much again for what is read out of them.
    sizeCalculation: (known) => 2 * known.bytes.length + 1_000,
  });
  const once = createSingleFlight<Known | undefined>();

  async function stored(file: UpstreamFile): Promise<Known | undefined> {
    const bytes = file.sha256 && (await store.read(paths.upstreamMetadata(file.sha256)).catch(ignored));
    return bytes && fits(file, bytes) ? { bytes } : undefined;
  }

  async function fetched(file: UpstreamFile): Promise<Known | undefined> {
    const bytes = await ask(http, file);
    if (bytes === undefined) return undefined;
    if (!fits(file, bytes)) {
      throw new BuildFailure(
        'hash-mismatch',
        `The metadata of ${file.filename} has the SHA-256 ${sha256Hex(bytes)}; the index gives ${file.coreMetadata}.`,
      );
    }
    // With no hash to check, an error page must not pass for metadata, which would be kept for good.
    if (file.coreMetadata === true && !isOf(file, parsedOrNothing(bytes))) return undefined;
    if (file.sha256) await store.put(paths.upstreamMetadata(file.sha256), bytes).catch(ignored);
    return { bytes };
  }

  async function known(file: UpstreamFile, signal?: AbortSignal, cachedOnly = false): Promise<Known | undefined> {
    if (!file.coreMetadata) return undefined;
    // The hash of the metadata is part of the key: two indexes may list one wheel with different claims.
    const key = `${file.sha256 ?? file.url} ${file.coreMetadata}`;
    const remembered = memory.get(key);
    if (remembered) return remembered;
    return once(`${key} ${cachedOnly}`, signal, async () => {
      const loaded = (await stored(file)) ?? (cachedOnly ? undefined : await fetched(file));
      if (loaded) memory.set(key, loaded);
      return loaded;
    });
  }

  return {
    bytes: async (file, signal) => (await known(file, signal))?.bytes,
    async parsed(file, { signal, cachedOnly } = {}) {
      const found = await known(file, signal, cachedOnly);
      if (found && !('parsed' in found)) found.parsed = parsedOrNothing(found.bytes);
      return found?.parsed;
    },
  };
}

function fits(file: UpstreamFile, bytes: Buffer): boolean {
  return file.coreMetadata === true || sha256Hex(bytes) === file.coreMetadata;
}

function isOf(file: UpstreamFile, metadata: CoreMetadata | undefined): boolean {
  const named = file.kind === 'wheel' ? file.wheel : file.sdist;
  return metadata?.name === named.name && compareVersions(metadata.version, named.version) === 0;
}

/** Metadata nobody can read is as good as none: whoever asks has to look into the wheel itself. */
function parsedOrNothing(bytes: Buffer): CoreMetadata | undefined {
  try {
    return parseCoreMetadata(bytes);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** As with pages, the bucket only saves time here. */
function ignored(error: unknown): undefined {
  if (!(error instanceof WheelmillError)) throw error;
  return undefined;
}

async function ask(http: Http, file: UpstreamFile): Promise<Buffer | undefined> {
  const url = new URL(file.url);
  url.pathname += '.metadata';
  try {
    return await http.get(url.href, { headers: { 'accept-encoding': 'gzip' }, time: METADATA_TIME }, async (answer) => {
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw new HttpFault('unfit', `it answered ${answer.status}`);
      return readBody(answer, MAX_METADATA_BYTES);
    });
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error;
    throw new BuildFailure('fetch-failed', `${shownUrl(url)} could not be read: ${error.message}.`, { cause: error });
  }
}
