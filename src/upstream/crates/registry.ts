import { LRUCache } from 'lru-cache';
import { type CrateName, crateIndexPath } from '../../core/crate-name.ts';
import { BuildFailure } from '../../errors.ts';
import { readBody } from '../body.ts';
import { download } from '../download.ts';
import { createHttp, type Http, HttpFault, type HttpOptions } from '../http.ts';
import { createSingleFlight } from '../single-flight.ts';
import type { FetchedFile, FetchOptions } from '../upstream.ts';
import { shownUrl, type UpstreamIndex } from '../upstream-index.ts';
import { downloadUrl, parseRegistryConfig, type RegistryConfig } from './download-url.ts';
import { type IndexLine, parseIndexLines } from './index-lines.ts';

const MIB = 1024 * 1024;
/** The largest index files of the public registry have some megabytes. */
const MAX_INDEX_BYTES = 32 * MIB;
const MAX_CONFIG_BYTES = MIB;
/** The public registry takes 10 MiB, and more of whoever asks for it. */
const MAX_CRATE_BYTES = 512 * MIB;
/** Of one index file, over a slow line. */
const INDEX_TIME = 60_000;
/** As pages of the package index: builds of one list ask for the same crates. */
const MAX_AGE = 10 * 60_000;
const MEMORY_BYTES = 64 * MIB;
/** What the sparse protocol has for a crate that is not there. */
const NOT_THERE: readonly number[] = [404, 410, 451];

export type CrateRegistry = {
  /** Whether it answers as a sparse registry does; throws BuildFailure `upstream-unavailable`. */
  check(): Promise<void>;
  /** The versions of a crate, in the registry's order; undefined where it has none of this name. */
  versions(name: CrateName): Promise<IndexLine[] | undefined>;
  /** Downloads a crate and checks it against the hash of its line. */
  fetch(line: IndexLine, options: FetchOptions): Promise<FetchedFile>;
  close(): Promise<void>;
};

export type RegistryOptions = Omit<HttpOptions, 'indexes'> & { now?: () => number };

/** The name of a crate's file, here and in cargo's own cache. */
export const crateFilename = ({ name, version }: Pick<IndexLine, 'name' | 'version'>): string =>
  `${name}-${version}.crate`;

/**
 * The client of one sparse registry (https://doc.rust-lang.org/cargo/reference/registry-index.html#sparse-protocol). What it
 * answers is kept in memory for ten minutes.
 *
 * Failures are BuildFailure: `upstream-unavailable`, `fetch-failed`, `hash-mismatch`.
 */
export function createRegistry(index: UpstreamIndex, options: RegistryOptions): CrateRegistry {
  const http = createHttp({ ...options, indexes: [index] });
  const once = createSingleFlight<RegistryConfig>();
  const onceEach = createSingleFlight<IndexLine[]>();
  const now = options.now ?? (() => performance.now());
  const known = new LRUCache<string, { lines: IndexLine[] }>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: ({ lines }, name) => lines.reduce((sum, { text }) => sum + 2 * text.length + 200, name.length + 1),
    ttl: MAX_AGE,
    perf: { now },
  });
  /** Clients for the hosts of downloads that want the registry's token too. */
  const privately = new Map<string, Http>();
  let config: { read: RegistryConfig; at: number } | undefined;

  /** The body of a file of the index; undefined where it has none. */
  async function text(path: string, most: number): Promise<string | undefined> {
    return http.get(`${index.url}${path}`, { time: INDEX_TIME }, async (answer) => {
      if (NOT_THERE.includes(answer.status)) return undefined;
      if (answer.status !== 200) throw new HttpFault('unfit', `it answered ${answer.status}`);
      return (await readBody(answer, most)).toString();
    });
  }

  async function readConfig(): Promise<RegistryConfig> {
    const found = await text('config.json', MAX_CONFIG_BYTES);
    if (found === undefined) throw new HttpFault('unfit', 'it has no config.json, so it is no sparse registry');
    return parseRegistryConfig(found);
  }

  async function configuration(): Promise<RegistryConfig> {
    if (!config || now() - config.at > MAX_AGE)
      config = { read: await once('config', undefined, readConfig), at: now() };
    return config.read;
  }

  /** As cargo does: a registry that asks for its token everywhere gets it with downloads too, from wherever they are. */
  function clientFor({ origin }: URL, config: RegistryConfig): Http {
    const { credentials } = index;
    if (!credentials || config['auth-required'] !== true || origin === new URL(index.url).origin) return http;
    const known = privately.get(origin);
    const client =
      known ?? createHttp({ ...options, indexes: [index, { id: origin, url: `${origin}/`, credentials }] });
    privately.set(origin, client);
    return client;
  }

  function translated(error: unknown): unknown {
    if (!(error instanceof HttpFault)) return error;
    const message = `The crates registry ${shownUrl(index.url)} cannot be used: ${error.message}.`;
    return new BuildFailure('upstream-unavailable', message, { cause: error });
  }

  return {
    async check() {
      await configuration().catch((error) => {
        throw translated(error);
      });
    },
    async versions(name) {
      const path = crateIndexPath(name);
      const remembered = known.get(path);
      if (remembered) return remembered.lines;
      try {
        const lines = await onceEach(path, undefined, async () =>
          parseIndexLines((await text(path, MAX_INDEX_BYTES)) ?? '', name),
        );
        if (lines.length === 0) return undefined;
        known.set(path, { lines });
        return lines;
      } catch (error) {
        throw translated(error);
      }
    },
    async fetch(line, fetchOptions) {
      try {
        const config = await configuration();
        const url = downloadUrl(config, line);
        const file = { filename: crateFilename(line), url: url.href, sha256: line.sha256 };
        return await download(clientFor(url, config), file, { ...fetchOptions, maxBytes: MAX_CRATE_BYTES });
      } catch (error) {
        throw translated(error);
      }
    },
    async close() {
      await Promise.all([http, ...privately.values()].map((one) => one.close()));
    },
  };
}
