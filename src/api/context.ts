import type { Logger } from 'pino';
import type { Quotas } from '../access/quotas.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { UpstreamWithUploads } from '../upstream/with-uploads.ts';
import type { WorkQueue } from '../workers/queue/queue.ts';
import type { Changes } from './changes.ts';

/** All that the routes share. */
export type Api = {
  config: Config;
  store: ObjectStore;
  queue: WorkQueue;
  /** Plans of postings ask it for what is cached only; the index and dry runs make requests. */
  upstream: UpstreamWithUploads;
  /** Folder on this machine for files on their way. */
  scratch: string;
  changes: Changes;
  /** What each token may still have. */
  quotas: Quotas;
  log: Logger;
  metrics: Metrics;
};
