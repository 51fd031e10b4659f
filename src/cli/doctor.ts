import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Target } from '../core/records/target.ts';
import { openStore } from '../storage/open-store.ts';
import { listTargets } from '../storage/target-records.ts';
import { openUpstream } from '../upstream/open-upstream.ts';
import { createBuilder, settleBuilder } from '../workers/choose-builder.ts';
import { openQueue } from '../workers/queue/open-queue.ts';
import { EXIT } from './exit.ts';

type Check = { what: string; look: () => Promise<string> };

/** Looks at everything a server needs, says what it found and what to do, and exits non-zero when something is wrong. */
export async function doctor(asked: Config): Promise<number> {
  const config = settleBuilder(asked);
  let wrong = 0;
  for (const { what, look } of checks(config)) {
    try {
      process.stdout.write(`ok    ${what}: ${await look()}\n`);
    } catch (error) {
      wrong++;
      process.stdout.write(`wrong ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  process.stdout.write(
    wrong === 0 ? 'All is well.\n' : `${wrong} of ${checks(config).length} checks found something.\n`,
  );
  return wrong === 0 ? EXIT.done : EXIT.failed;
}

function checks(config: Config): Check[] {
  const {
    dataFolder,
    queueUrl,
    s3Endpoint: endpoint,
    s3AccessKey: accessKey,
    s3SecretKey: secretKey,
    s3Bucket: bucket,
    s3Region: region,
  } = config;
  const s3 = endpoint && accessKey && secretKey ? { endpoint, bucket, region, accessKey, secretKey } : undefined;
  const open = () => openStore({ dataFolder: join(dataFolder, 'bucket'), ...(s3 && { s3 }) });
  const builder = createBuilder(config, { owner: config.instance });
  /** Their pip may know the upstream index, long before a worker has kept them in the bucket. */
  const probed: Target[] = [];
  return [
    builder.kind === 'docker'
      ? { what: 'engine', look: async () => builder.check().then(() => 'a Docker engine answers') }
      : { what: 'builder', look: async () => builder.check().then(() => 'processes of this machine, UNSANDBOXED') },
    ...config.targets.map((pair) => ({
      what: `target ${pair.name}`,
      look: async () => {
        const target = await builder.probe(pair, { signal: AbortSignal.timeout(120_000) });
        probed.push(target);
        return `Python ${target.python.version} on ${target.distribution.id} ${target.distribution.codename}, ${target.platform}`;
      },
    })),
    {
      what: 'queue',
      look: async () => {
        if (!queueUrl) return `embedded, in ${dataFolder}`;
        const queue = await openQueue({ dataFolder, url: queueUrl });
        await queue.ping().finally(() => queue.close());
        return 'Redis answers';
      },
    },
    {
      what: 'store',
      look: async () => {
        const store = await open();
        await store.check().finally(() => store.close());
        return s3
          ? `bucket ${bucket} at ${endpoint}: written, read, removed`
          : `files in ${join(dataFolder, 'bucket')}: written, read, removed`;
      },
    },
    {
      what: 'upstream',
      look: async () => {
        const store = await open();
        const { upstream, warnings } = openUpstream({
          store,
          environment: { ...config.environment, WHEELMILL_UPSTREAM_URL: config.upstreamUrl },
          targets: async () => (probed.length > 0 ? probed : listTargets(store)),
        });
        await upstream.check().finally(() => upstream.close());
        await store.close();
        return ['the index answers', ...warnings].join('; ');
      },
    },
  ];
}
