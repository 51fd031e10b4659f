import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import pino from 'pino';
import type { Config } from '../../config.ts';
import type { Target } from '../../core/records/target.ts';
import { createFileStore } from '../../storage/file-store.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openStore } from '../../storage/open-store.ts';
import { listTargets } from '../../storage/target-records.ts';
import { createUpstream } from '../../upstream/client.ts';
import { listIndexes } from '../../upstream/open-upstream.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { Builder, ImagePair } from '../../workers/builder.ts';

/** What the checks share. Everything is opened when it is first needed, so that one fault hides nothing else. */
export type DoctorContext = {
  config: Config;
  log: Logger;
  builder: Builder;
  store: ObjectStore;
  /** A pair as the builder finds it; looked at once. */
  probe(pair: ImagePair): Promise<Target>;
  indexes(): ReturnType<typeof listIndexes>;
  /** The indexes as one, with a cache of its own: what is cached already would hide that they are away. */
  upstream(): Promise<{ upstream: Upstream; store: ObjectStore }>;
  /** A folder and a store that are gone afterwards. */
  folder(): Promise<string>;
  emptyStore(): Promise<ObjectStore>;
  close(): Promise<void>;
};

const PROBE_MS = 60_000;

export async function openContext(config: Config, builder: Builder): Promise<DoctorContext> {
  const ends: (() => Promise<unknown>)[] = [() => builder.close()];
  const probes = new Map<string, Promise<Target>>();
  const store = await openStore({ dataFolder: join(config.dataFolder, 'bucket'), ...s3Of(config) });
  ends.push(() => store.close());
  const log = pino({ level: 'silent' });

  const probe = (pair: ImagePair) => {
    const known = probes.get(pair.name) ?? builder.probe(pair, { signal: AbortSignal.timeout(PROBE_MS) });
    known.catch(() => {});
    probes.set(pair.name, known);
    return known;
  };
  const folder = async () => {
    const path = await mkdtemp(join(tmpdir(), 'wheelmill-doctor-'));
    ends.push(() => rm(path, { recursive: true, force: true }));
    return path;
  };
  const emptyStore = async () => createFileStore({ folder: await folder() });
  const indexes = () =>
    listIndexes({ ...config.environment, WHEELMILL_UPSTREAM_URL: config.upstreamUrl }, async () => {
      const probed = await Promise.allSettled(config.targets.map(probe));
      const found = probed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      return found.length > 0 ? found : listTargets(store).catch(() => []);
    });

  return {
    ...{ config, log, builder, store, probe, indexes, folder, emptyStore },
    async upstream() {
      const cache = await emptyStore();
      const { indexes: known } = await indexes();
      const upstream = createUpstream({ indexes: known, store: cache, environment: config.environment });
      ends.push(() => upstream.close());
      return { upstream, store: cache };
    },
    async close() {
      for (const end of ends.reverse()) await end();
    },
  };
}

function s3Of(config: Config) {
  const { s3Endpoint, s3AccessKey, s3SecretKey, s3Bucket: bucket, s3Region: region } = config;
  if (!s3Endpoint || !s3AccessKey || !s3SecretKey) return {};
  return { s3: { endpoint: s3Endpoint, bucket, region, accessKey: s3AccessKey, secretKey: s3SecretKey } };
}
