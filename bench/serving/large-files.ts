import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { startRedis } from '../../test/services/redis.ts';
import { startSeaweed } from '../../test/services/seaweedfs.ts';
import type { Row } from '../report.ts';
import { type BenchWheel, benchWheel, sha256 } from '../wheel.ts';
import { inScope } from './bench-scope.ts';
import { storeWheels } from './fill-store.ts';
import { newFolder, startNginx } from './servers.ts';
import { startApi, startEmptyIndex } from './wheelmill.ts';
import { CONNECTIONS, inTurn, type Rates, ratio } from './wrk.ts';

const MB = 1024 * 1024;
const GOAL = 0.7;

const urlOf = ({ project, filename, bytes }: BenchWheel) => `/wheels/${project}/${sha256(bytes)}/${filename}`;

/** A wheel of 10 MB out of files, from Wheelmill and from nginx without sendfile. */
export function benchWheelFromFiles(): Promise<Row[]> {
  return inScope(async (scope) => {
    const wheel = await benchWheel('bench-large', '1.0', randomBytes(10 * MB));
    const folder = await newFolder(scope);
    const root = join(folder, 'bucket');
    await storeWheels(createFileStore({ folder: root }), [wheel]);
    const { url: redis } = await startRedis(scope);
    const api = await startApi(scope, { folder, redis, upstream: await startEmptyIndex(scope) });
    const nginx = await startNginx(scope, 'nginx-files', urlOf(wheel), { root });
    const rates = await inTurn([nginx, api].map(({ name, base }) => ({ name, url: base + urlOf(wheel) })));
    return rows(rates, 'wheel of 10 MB from files');
  });
}

/** The same out of an S3 server, which nginx passes on. */
export function benchWheelFromS3(): Promise<Row[]> {
  return inScope(async (scope) => {
    const wheel = await benchWheel('bench-large', '1.0', randomBytes(10 * MB));
    const s3 = await startSeaweed(scope, { isPublic: true });
    const store = createS3Store(s3);
    scope.teardown(() => store.close());
    await storeWheels(store, [wheel]);
    const { url: redis } = await startRedis(scope);
    const settings = { folder: await newFolder(scope), redis, upstream: await startEmptyIndex(scope) };
    const api = await startApi(scope, settings, s3.settings);
    const words = { store: new URL(s3.endpoint).host, bucket: s3.bucket };
    const nginx = await startNginx(scope, 'nginx-s3', urlOf(wheel), words);
    const direct = { name: 'SeaweedFS itself', base: `${s3.endpoint}/${s3.bucket}` };
    const rates = await inTurn([nginx, api, direct].map(({ name, base }) => ({ name, url: base + urlOf(wheel) })));
    return rows(rates, 'wheel of 10 MB from S3');
  });
}

function rows(rates: Rates, what: string): Row[] {
  const toNginx = ratio(rates, 'Wheelmill', 'nginx');
  return [
    ...[...rates].map(([name, { rate, shown }]) => ({
      what: `${what}, ${CONNECTIONS} connections: ${name}`,
      value: `${shown} /s, ${((rate * 10 * MB) / 1e9).toFixed(2)} GB/s`,
      ...{ goal: '', met: true },
    })),
    {
      what: `${what}, Wheelmill / nginx`,
      value: toNginx.toFixed(2),
      goal: `>= ${GOAL}`,
      met: toNginx >= GOAL,
      toMeetIt:
        'memory that is used again for each piece: Node reads every piece of a file or of an HTTP answer into a new buffer, and from S3 ' +
        'that costs two to three times the processor time of nginx (measured with a bare proxy of twenty lines, too). A static ' +
        'server, or the cache of a proxy, in front (docs/deployment.md), or a redirect to a signed URL of the store, would spare ' +
        'Node the bytes.',
    },
  ];
}
