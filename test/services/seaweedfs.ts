import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'minio';
import type { Test } from 'tap';
import { freePorts, type Service, startService } from './process.ts';
import { findProgram } from './state.ts';

export interface SeaweedService extends Service {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  bucket: string;
  region: string;
  /** The settings by which Wheelmill uses it. */
  settings: Record<string, string>;
  /** Kills it and starts it again with what it had. */
  restart(): Promise<void>;
}

const accessKey = 'wheelmill-test';
const secretKey = 'wheelmill-test-secret';
const region = 'us-east-1';
const bucket = 'wheelmill';
const owner = {
  name: 'wheelmill',
  credentials: [{ accessKey, secretKey }],
  actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
};

/** Who has no credentials, where a test wants the objects to be public. */
const anonymous = { name: 'anonymous', actions: ['Read'] };

/**
 * Starts SeaweedFS as an S3 server of this test alone, with one empty bucket in it. It ends with the test.
 * With `isPublic` its objects can be read without credentials.
 */
export async function startSeaweed(
  t: Pick<Test, 'teardown'>,
  { isPublic = false }: { isPublic?: boolean } = {},
): Promise<SeaweedService> {
  const dir = await mkdtemp(join(tmpdir(), 'wheelmill-s3-'));
  const config = join(dir, 's3.json');
  await writeFile(config, JSON.stringify({ identities: [owner, ...(isPublic ? [anonymous] : [])] }));
  const start = (ports: readonly number[]) => {
    const client = new Client({ endPoint: '127.0.0.1', port: ports[0]!, useSSL: false, accessKey, secretKey, region });
    return startService(
      findProgram('weed'),
      [
        ...['server', '-s3', `-dir=${dir}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.config=${config}`],
        ...portOptions.map((option, index) => `-${option}=${ports[index]}`),
        // Off: they would take fixed ports, and two servers on one machine would collide.
        ...['-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false'],
        // Small volumes that grow as they fill: the defaults want tens of gigabytes free.
        ...['-master.volumeSizeLimitMB=64', '-master.volumePreallocate=false', '-volume.max=100'],
        '-volume.minFreeSpace=1',
      ],
      (_output, ended) => bucketAnswers(client, ended),
      // Its log files go there.
      { TMPDIR: dir },
    );
  };
  const first = await onFreePorts(start);
  const { ports } = first;
  let { service } = first;
  t.teardown(async () => {
    await service.stop();
    await rm(dir, { recursive: true, force: true });
    await removeSockets(ports);
  });
  const endpoint = `http://127.0.0.1:${ports[0]}`;
  const settings = {
    WHEELMILL_S3_ENDPOINT: endpoint,
    WHEELMILL_S3_BUCKET: bucket,
    WHEELMILL_S3_REGION: region,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
  const restart = async () => {
    await service.stop();
    service = await start(ports);
  };
  return {
    get pid() {
      return service.pid;
    },
    stop: () => service.stop(),
    restart,
    endpoint,
    accessKey,
    secretKey,
    bucket,
    region,
    settings,
  };
}

const portOptions = [
  's3.port',
  's3.port.grpc',
  'master.port',
  'master.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'filer.port',
  'filer.port.grpc',
] as const;

/** Ports that were free a moment ago may be another test's by the time all eight are listened on: then on others. */
async function onFreePorts(start: (ports: readonly number[]) => Promise<Service>) {
  for (let round = 1; ; round++) {
    const ports = await freePorts(portOptions.length);
    try {
      return { ports, service: await start(ports) };
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('address already in use');
      if (!isTaken || round === PORT_ROUNDS) throw error;
    }
  }
}

const PORT_ROUNDS = 5;

/** It makes sockets at names in /tmp that no option changes, each with one of its ports, and leaves them when killed. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  const ours = ports.map((port) => `-${port}.sock`);
  const left = (await readdir('/tmp')).filter((name) => ours.some((end) => name.endsWith(end)));
  await Promise.all(left.map((name) => rm(join('/tmp', name), { force: true })));
}

/** The server listens before its parts have found each other: it is ready once a bucket and an object can be written. */
async function bucketAnswers(client: Client, ended: AbortSignal): Promise<void> {
  for (;;) {
    try {
      if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, region);
      await client.putObject(bucket, 'ready', Buffer.from('ready'));
      await client.removeObject(bucket, 'ready');
      return;
    } catch {
      await wait(100, undefined, { signal: ended });
    }
  }
}
