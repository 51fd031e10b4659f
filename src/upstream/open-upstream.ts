import type { Target } from '../core/records/target.ts';
import { BuildFailure, WheelmillError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { listTargets } from '../storage/target-records.ts';
import { createUpstream, type UpstreamOptions } from './client.ts';
import { discoverIndexes } from './pip-config.ts';
import { readText } from './read-text.ts';
import type { Upstream } from './upstream.ts';
import { parseIndexUrl, type UpstreamIndex } from './upstream-index.ts';

type Options = Omit<UpstreamOptions, 'indexes' | 'store'> & {
  store: ObjectStore;
  environment: Readonly<Record<string, string | undefined>>;
  /** Targets whose pip may know the index; those in the bucket by default. */
  targets?: () => Promise<Target[]>;
};

/**
 * The upstream of the settings (DESIGN section 8): WHEELMILL_UPSTREAM_URL, else what pip on this machine is configured
 * for, else the index that the pip of a probed target is made for, read from the bucket when it is first needed.
 *
 * @returns the client and sentences about configuration that is not used, for the log.
 * @throws WheelmillError `bad-config` for an index that cannot be used.
 */
export function openUpstream(options: Options): { upstream: Upstream; warnings: string[] } {
  const { indexes, warnings } = discoverIndexes(options.environment, readText);
  if (indexes?.length === 0) {
    throw new WheelmillError('bad-config', `No configured upstream index can be used. ${warnings.join(' ')}`);
  }
  const targets = options.targets ?? (() => listTargets(options.store));
  if (indexes) return { upstream: createUpstream({ ...options, indexes }), warnings };
  return {
    upstream: deferred(async () => createUpstream({ ...options, indexes: indexesOf(await targets()) })),
    warnings,
  };
}

/**
 * The indexes one by one, for the doctor: as `openUpstream` finds them.
 *
 * @throws WheelmillError `bad-config`, BuildFailure `upstream-unavailable` where none is known.
 */
export async function listIndexes(
  environment: Options['environment'],
  targets: () => Promise<Target[]>,
): Promise<{ indexes: UpstreamIndex[]; warnings: string[]; from: 'the settings' | 'the pip of the target' }> {
  const { indexes, warnings } = discoverIndexes(environment, readText);
  if (indexes?.length === 0)
    throw new WheelmillError('bad-config', `No configured upstream index can be used. ${warnings.join(' ')}`);
  if (indexes) return { indexes, warnings, from: 'the settings' };
  return { indexes: indexesOf(await targets()), warnings, from: 'the pip of the target' };
}

function indexesOf(targets: readonly Target[]): UpstreamIndex[] {
  for (const target of targets) {
    const index = target.pipIndex === undefined ? undefined : parseIndexUrl(target.pipIndex);
    if (index) return [index];
  }
  throw new BuildFailure(
    'upstream-unavailable',
    'No upstream index is known yet. Set WHEELMILL_UPSTREAM_URL, or wait until a worker has probed its targets.',
  );
}

/** An upstream that is made when it is first needed; making it is tried again until it works. */
function deferred(make: () => Promise<Upstream>): Upstream {
  let made: Promise<Upstream> | undefined;
  let ready: Upstream | undefined;
  const get = () => {
    made ??= make().then(
      (upstream) => {
        ready = upstream;
        return upstream;
      },
      (error) => {
        made = undefined;
        throw error;
      },
    );
    return made;
  };
  return {
    project: async (...args) => (await get()).project(...args),
    remembered: (name) => ready?.remembered(name),
    cached: async (name) => {
      const upstream = await get().catch((error) => {
        if (error instanceof BuildFailure || error instanceof WheelmillError) return undefined;
        throw error;
      });
      return upstream ? upstream.cached(name) : 'unknown';
    },
    metadata: async (...args) => (await get()).metadata(...args),
    metadataBytes: async (...args) => (await get()).metadataBytes(...args),
    fetch: async (...args) => (await get()).fetch(...args),
    check: async () => (await get()).check(),
    close: async () => (await made?.catch(() => undefined))?.close(),
  };
}
