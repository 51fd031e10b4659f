import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Test } from 'tap';
import { openTokens } from '../../src/access/open-tokens.ts';
import { createQuotas } from '../../src/access/quotas.ts';
import { type AppParts, buildApp, type TypedApp } from '../../src/api/app.ts';
import { readConfig } from '../../src/config.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { writeTarget } from '../../src/storage/target-records.ts';
import { createUpstream, type UpstreamOptions } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { withUploads } from '../../src/upstream/with-uploads.ts';
import { openQueue } from '../../src/workers/queue/open-queue.ts';
import type { WorkQueue } from '../../src/workers/queue/queue.ts';
import { TARGET } from '../core/planning-data.ts';

export type TestApi = { app: TypedApp; store: ObjectStore; queue: WorkQueue; scratch: string; parts: AppParts };

/** Nothing listens there: but for dry runs, the API asks for what is cached only. */
const NOWHERE = 'http://127.0.0.1:9/simple/';

/** The HTTP interface over real files and a real embedded queue, with one probed target and no worker. */
export async function api(
  t: Test,
  settings: Record<string, string> = {},
  upstreamOptions: Partial<UpstreamOptions> = {},
): Promise<TestApi> {
  const { close, ...parts } = await openApi(t.testdir(), settings, upstreamOptions);
  t.teardown(close);
  return parts;
}

/** The same in an empty folder, for those that are no tests. */
export async function openApi(
  dataFolder: string,
  settings: Record<string, string> = {},
  upstreamOptions: Partial<UpstreamOptions> = {},
): Promise<TestApi & { close(): Promise<void> }> {
  const config = readConfig({
    WHEELMILL_DATA_DIR: dataFolder,
    WHEELMILL_TARGETS: 'python:3.13=python:3.13-slim',
    ...settings,
  });
  const store = createFileStore({ folder: `${dataFolder}/bucket` });
  empty ??= emptyQueue();
  await cp(await empty, dataFolder, { recursive: true });
  const queue = await openQueue({ dataFolder });
  const indexes = [parseIndexUrl(config.upstreamUrl ?? NOWHERE)!];
  const upstream = withUploads(createUpstream({ indexes, store, ...upstreamOptions }), store);
  await writeTarget(store, TARGET);
  const scratch = join(dataFolder, 'scratch');
  await mkdir(scratch);
  const log = pino({ level: 'silent' });
  const tokens = await openTokens(config, log);
  const quotas = await createQuotas(config);
  const parts = { config, store, queue, upstream, scratch, log, tokens, quotas };
  const app = await buildApp(parts);
  return {
    ...{ app, store, queue, scratch, parts },
    async close() {
      await app.close();
      tokens.close();
      quotas.close();
      await upstream.close();
      await queue.close();
      await store.close();
    },
  };
}

let empty: Promise<string> | undefined;

/** The folder of a queue that nothing was put into: to make its database takes seconds, to copy it does not. */
async function emptyQueue(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-queue-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const queue = await openQueue({ dataFolder: folder });
  await queue.close();
  return folder;
}

/** A POST of a list as curl sends it. */
export const list = (payload: string | Buffer, headers: Record<string, string> = {}) => ({
  method: 'POST' as const,
  url: '/api/v1/prebuilds',
  headers: { 'content-type': 'text/plain', ...headers },
  payload,
});
