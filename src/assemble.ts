import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import pLimit from 'p-limit';
import pino, { type Logger } from 'pino';
import { openTokens } from './access/open-tokens.ts';
import { createQuotas, type Quotas } from './access/quotas.ts';
import type { TokenSource } from './access/token-source.ts';
import { buildApp } from './api/app.ts';
import { countDownloads } from './api/downloads.ts';
import { buildMetricsApp } from './api/metrics/app.ts';
import { buildReadOnlyApp } from './api/read-only/app.ts';
import type { Config } from './config.ts';
import { withoutCredentials } from './core/without-credentials.ts';
import { WheelmillError } from './errors.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { countProcess } from './metrics/process-figures.ts';
import { VERSION } from './release.ts';
import { claimFormat } from './storage/bucket-format.ts';
import { installationName } from './storage/installation.ts';
import type { ObjectStore } from './storage/object-store.ts';
import { openStore } from './storage/open-store.ts';
import { openUpstream } from './upstream/open-upstream.ts';
import type { Upstream } from './upstream/upstream.ts';
import { type UpstreamWithUploads, withUploads } from './upstream/with-uploads.ts';
import { choiceInWords, settleBuilder } from './workers/choose-builder.ts';
import { openQueue } from './workers/queue/open-queue.ts';
import type { WorkQueue } from './workers/queue/queue.ts';
import { makeScratch } from './workers/scratch.ts';
import type { RunningWorker } from './workers/worker.ts';

export type Role = 'serve' | 'api' | 'worker';

/** One running process. `url` is where it listens; undefined for a worker. */
export type Running = { url: string | undefined; ready: Promise<void>; close(): Promise<void> };

/** A store that says nothing must not keep a process from starting: longer than this it is not waited for, in milliseconds. */
const STORE_PATIENCE = 3000;

/** What both halves share. */
type Ground = {
  config: Config;
  log: Logger;
  metrics: Metrics;
  store: ObjectStore;
  queue: WorkQueue;
  /** The index itself, which knows nothing of claims: for what is ours alone. */
  indexes: Upstream;
  upstream: UpstreamWithUploads;
  /** A folder for files on their way, removed at the end. */
  scratch: string;
};
type Part = { close(): Promise<void> | void };

/** No line has a secret in it, whoever wrote it into an error: tokens and passwords in URLs are cut out of what is written. */
export function createLog(config: Config): Logger {
  return pino(
    {
      level: config.logLevel,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      hooks: { streamWrite: withoutCredentials },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/**
 * Starts the parts of one process from its settings: `serve` is API and worker in one.
 *
 * @throws WheelmillError for settings, folders and ports that cannot be used; nothing is left running then.
 */
export async function start(asked: Config, role: Role, log: Logger = createLog(asked)): Promise<Running> {
  const config = settleBuilder(asked);
  if (role !== 'serve' && !config.queueUrl) {
    throw new WheelmillError(
      'bad-config',
      `\`wheelmill ${role}\` needs a queue that other processes reach: set WHEELMILL_QUEUE_URL=redis://…, or run \`wheelmill serve\`.`,
    );
  }
  const choice = choiceInWords(asked, config);
  if (choice) log.warn(choice);
  const parts: Part[] = [];
  // What is at work ends first, all at once: the grace is one for all.
  const atWork: Part[] = [];
  const close = async () => {
    await Promise.all(atWork.splice(0).map((part) => part.close()));
    for (const part of parts.splice(0).reverse()) await part.close();
  };
  try {
    // First of all: who may not be let in finds nobody to ask.
    const access = role === 'worker' ? undefined : await openAccess(config, log, parts);
    const metrics = createMetrics({ version: VERSION, role });
    countProcess(metrics.registry);
    const ground = await openGround({ config, log, metrics }, parts);
    const worker = role === 'api' ? undefined : await addWorker(ground, parts, atWork);
    const url = access && (await addApi({ ...ground, ...access }, parts, atWork));
    await addMetricsListener(ground, parts);
    return { url, ready: worker?.ready ?? Promise.resolve(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openGround(
  { config, log, metrics }: Pick<Ground, 'config' | 'log' | 'metrics'>,
  parts: Part[],
): Promise<Ground> {
  const { dataFolder, queueUrl, s3Endpoint, s3AccessKey, s3SecretKey, s3Bucket, s3Region } = config;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const s3 = s3Endpoint &&
    s3AccessKey &&
    s3SecretKey && {
      endpoint: s3Endpoint,
      bucket: s3Bucket,
      region: s3Region,
      accessKey: s3AccessKey,
      secretKey: s3SecretKey,
    };
  const store = await openStore({ dataFolder: join(dataFolder, 'bucket'), ...(s3 && { s3 }) });
  parts.push(store);
  await lookAtStore(store, log);
  const report = (message: string, error: unknown, about = {}) => log.warn({ ...about, err: error }, message);
  const queue = await openQueue({ dataFolder, ...(queueUrl !== undefined && { url: queueUrl }) }, { report });
  parts.push(queue);
  const { upstream: indexes, warnings } = openUpstream({
    ...{ store, environment: environmentOf(config) },
    ...{ onAnswer: metrics.upstream.answered, onPage: metrics.upstream.page },
  });
  parts.push(indexes);
  for (const warning of warnings) log.warn(warning);
  const scratch = await makeScratch(join(dataFolder, 'scratch'), config.instance);
  parts.push({ close: () => rm(scratch, { recursive: true, force: true }) });
  return { config, log, metrics, store, queue, indexes, upstream: withUploads(indexes, store), scratch };
}

/** A store that is away is told, and no reason to end: /ready says it too, and the process goes on when it is put right. */
async function lookAtStore(store: ObjectStore, log: Logger): Promise<void> {
  const looked = claimFormat(store).catch((error) => {
    if (error?.code === 'store-newer') throw error;
    log.error({ err: error }, String(error?.message));
  });
  looked.catch(() => {});
  await Promise.race([looked, after(STORE_PATIENCE, undefined, { ref: false })]);
}

/** The settings win over pip's and cargo's own configuration also where they came from somewhere else than the environment. */
function environmentOf(config: Config): Readonly<Record<string, string | undefined>> {
  return {
    ...config.environment,
    WHEELMILL_UPSTREAM_URL: config.upstreamUrl,
    WHEELMILL_CARGO_UPSTREAM: config.cargoUpstream,
  };
}

/** Its modules are loaded here: an API alone starts sooner, and smaller, without them. */
async function addWorker(ground: Ground, parts: Part[], atWork: Part[]): Promise<RunningWorker> {
  const { createBuilder } = await import('./workers/create-builder.ts');
  const { createArchive } = await import('./workers/debian/archive.ts');
  const { createGateway } = await import('./workers/gateway.ts');
  const { startWorker } = await import('./workers/worker.ts');
  const { openCrates } = await import('./upstream/crates/open-crates.ts');
  const { config, store, indexes, upstream, scratch, log, metrics } = ground;
  const { crates, warnings } = openCrates({ environment: environmentOf(config) });
  parts.push(crates);
  for (const warning of warnings) log.warn(warning);
  const gateway = await createGateway({ upstream, crates, store, scratch, log, metrics });
  parts.push(gateway);
  // The toolbox is locked with hashes: a claim of one of its names must not stop all builds.
  const toolboxGateway = await createGateway({ upstream: indexes, store, scratch, log, metrics });
  parts.push(toolboxGateway);
  // A store that is away is told of, and waited for by those who need it; until the next start nobody else clears up then.
  const owner = await installationName(store).catch(() => config.instance);
  const archive = createArchive({ scratch, store, environment: config.environment, log });
  parts.push(archive);
  const builder = createBuilder(config, {
    owner,
    archive,
    gateway: toolboxGateway.view({ storedWheels: false, bounds: 'none' }),
  });
  parts.push(builder);
  const worker = startWorker({ ...ground, gateway, builder, slots: pLimit(config.concurrency) });
  atWork.push(worker);
  return worker;
}

/** Who may do what. */
type Access = { tokens: TokenSource; quotas: Quotas };

async function openAccess(config: Config, log: Logger, parts: Part[]): Promise<Access> {
  const tokens = await openTokens(config, log);
  parts.push(tokens);
  const quotas = await createQuotas(config);
  parts.push(quotas);
  return { tokens, quotas };
}

async function addApi(ground: Ground & Access, parts: Part[], atWork: Part[]): Promise<string> {
  const { config, log } = ground;
  // One for both listeners, and written when neither sends anything any more.
  const downloads = countDownloads(ground);
  parts.push(downloads);
  const app = await buildApp({ ...ground, downloads });
  atWork.push({ close: () => app.close() });
  const url = await app.listen({ host: config.host, port: config.port });
  if (config.readHost === undefined) return url;
  const readOnly = await buildReadOnlyApp({ ...ground, downloads });
  atWork.push({ close: () => readOnly.close() });
  const readUrl = await readOnly.listen({ host: config.readHost, port: config.readPort });
  log.info({ url: readUrl }, `listening on ${readUrl} for reading, without tokens`);
  return url;
}

/** Where somebody wants it; the only listener of a worker. */
async function addMetricsListener({ config, log, metrics }: Ground, parts: Part[]): Promise<void> {
  if (config.metricsHost === undefined) return;
  const app = buildMetricsApp({ config, log, metrics });
  parts.push({ close: () => app.close() });
  const url = await app.listen({ host: config.metricsHost, port: config.metricsPort });
  log.info({ url }, `listening on ${url} for Prometheus, without tokens`);
}
