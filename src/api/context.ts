import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { WorkQueue } from '../workers/queue/queue.ts';
import type { Changes } from './changes.ts';

/** All that the routes share. */
export type Api = {
  config: Config;
  store: ObjectStore;
  queue: WorkQueue;
  /** Only asked for what is cached, but for dry runs: otherwise the API makes no request to upstream. */
  upstream: Upstream;
  changes: Changes;
  log: Logger;
};
