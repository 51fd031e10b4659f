import { BuildFailure } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { download } from './download.ts';
import { createHttp, HttpFault, type HttpOptions } from './http.ts';
import { createMetadataReader } from './metadata.ts';
import { createPages } from './pages.ts';
import type { Upstream } from './upstream.ts';
import { shownUrl } from './upstream-index.ts';

const MIB = 1024 * 1024;
const DEFAULT_MAX_AGE = 10 * 60_000;
const CHECK_TIME = 15_000;

export type UpstreamOptions = HttpOptions & {
  /** Where pages and metadata are cached, under `upstream/`. */
  store: ObjectStore;
  /** Largest file that is fetched, in bytes; 2 GiB by default. */
  maxFileBytes?: number;
  /** Memory for parsed pages and for metadata, in bytes, about; 256 MiB and 64 MiB by default. */
  pageMemory?: number;
  metadataMemory?: number;
  /** Told where an index page was had. */
  onPage?: (from: 'memory' | 'store' | 'upstream') => void;
  /** Milliseconds since 1970. */
  now?: () => number;
};

/**
 * The client of the upstream indexes, in their order: the first that has a project is the only one asked for it, so that a
 * later one cannot slip in versions of its own. One that does not answer is never passed over for the same reason.
 */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { indexes, store } = options;
  const maxBytes = options.maxFileBytes ?? 2048 * MIB;
  const http = createHttp(options);
  const pages = createPages(http, store, {
    maxBytes: options.pageMemory ?? 256 * MIB,
    now: options.now ?? Date.now,
    ...(options.onPage && { onPage: options.onPage }),
  });
  const metadata = createMetadataReader(http, store, options.metadataMemory ?? 64 * MIB);

  return {
    async project(name, { maxAge = DEFAULT_MAX_AGE, signal } = {}) {
      for (const index of indexes) {
        const page = await pages.read(index, name, { maxAge, ...(signal && { signal }) });
        if (page) return page;
      }
      return undefined;
    },
    remembered(name) {
      for (const index of indexes) {
        const known = pages.remembered(index, name, DEFAULT_MAX_AGE);
        if (!known || known.page) return known && { project: known.page };
      }
      return { project: undefined };
    },
    async cached(name) {
      for (const index of indexes) {
        const page = await pages.cached(index, name);
        if (page) return page;
      }
      return undefined;
    },
    metadata: (file, metadataOptions) => metadata.parsed(file, metadataOptions),
    metadataBytes: (file, { signal } = {}) => metadata.bytes(file, signal),
    fetch: (file, fetchOptions) => download(http, file, { ...fetchOptions, maxBytes }),
    async check() {
      for (const index of indexes) {
        await http
          .get(index.url, { method: 'HEAD', time: CHECK_TIME }, async ({ status }) => {
            if (status === 401 || status === 403) throw new HttpFault('unfit', `it answered ${status}`);
          })
          .catch((error) => {
            if (!(error instanceof HttpFault)) throw error;
            throw new BuildFailure(
              'upstream-unavailable',
              `The upstream index ${shownUrl(index.url)} cannot be used: ${error.message}.`,
              { cause: error },
            );
          });
      }
    },
    close: () => http.close(),
  };
}
