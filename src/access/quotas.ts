import { once } from 'node:events';
import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';
import { WheelmillError } from '../errors.ts';

const HOUR_SECONDS = 3600;
/** A start waits so long for Redis; it goes on without. */
const CONNECT_MILLISECONDS = 2000;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** What one token has had lately. Without a token nothing is counted: nobody can be told from anybody else. */
export type Quotas = {
  /** Throws WheelmillError `quota-used-up` where a token may begin no further prebuild, retry or verification now. */
  checkWork(token: string | undefined): Promise<void>;
  /** The same, and counts one. */
  takeWork(token: string | undefined): Promise<void>;
  /** Counts bytes of an upload. Throws WheelmillError `quota-used-up` where they are too many; then none are counted. */
  takeBytes(token: string | undefined, bytes: number): Promise<void>;
  close(): void;
};

export const NO_QUOTAS: Quotas = {
  checkWork: async () => {},
  takeWork: async () => {},
  takeBytes: async () => {},
  close: () => {},
};

export type QuotaSettings = { maxTokenPrebuilds: number; maxTokenUploadBytes: number; queueUrl?: string | undefined };

/**
 * Counts in the Redis of the queue, so that several API processes have one count. Without one, or with it away, this process
 * counts by itself, and forgets when it ends. A period begins with the first thing that is counted in it.
 */
export async function createQuotas({ maxTokenPrebuilds, maxTokenUploadBytes, queueUrl }: QuotaSettings) {
  const redis = queueUrl === undefined ? undefined : await openRedisCounters(queueUrl);
  const counter = (keyPrefix: string, points: number, duration: number) => {
    const memory = new RateLimiterMemory({ keyPrefix, points, duration });
    return redis?.counter(memory, { keyPrefix, points, duration }) ?? memory;
  };
  const work = counter('wheelmill:quota:work', maxTokenPrebuilds, HOUR_SECONDS);
  const bytes = counter('wheelmill:quota:upload-bytes', maxTokenUploadBytes, DAY_SECONDS);
  const tooMuchWork = `prebuilds, retries and verifications this hour (WHEELMILL_MAX_TOKEN_PREBUILDS)`;
  const tooManyBytes = `bytes of uploads today (WHEELMILL_MAX_TOKEN_UPLOAD_BYTES)`;

  const quotas: Quotas = {
    async checkWork(token) {
      if (token === undefined || work.points === 0) return;
      const had = await work.get(token);
      if (had && had.consumedPoints >= work.points) throw usedUp(work, tooMuchWork, had.msBeforeNext);
    },
    takeWork: (token) => take(work, token, 1, tooMuchWork),
    takeBytes: (token, count) => take(bytes, token, count, tooManyBytes),
    close: () => redis?.close(),
  };
  return quotas;
}

/** Counts first, and takes it back where it was too much: two processes at once never give more than there is. */
async function take(
  counter: RateLimiterAbstract,
  token: string | undefined,
  count: number,
  what: string,
): Promise<void> {
  if (token === undefined || counter.points === 0 || count === 0) return;
  const now = await counter.penalty(token, count);
  if (now.consumedPoints <= counter.points) return;
  await counter.reward(token, count);
  throw usedUp(counter, what, now.msBeforeNext);
}

function usedUp({ points }: RateLimiterAbstract, what: string, milliseconds: number): WheelmillError {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  const minutes = Math.ceil(retryAfter / 60);
  return new WheelmillError(
    'quota-used-up',
    `This token may have ${points} ${what}. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    { retryAfter },
  );
}

/** Its packages are loaded only where it is used. */
async function openRedisCounters(url: string) {
  const [{ Redis }, { RateLimiterRedis }] = await Promise.all([import('ioredis'), import('rate-limiter-flexible')]);
  const storeClient = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 1000 });
  // The queue tells that Redis is away; without a listener an error would end the process.
  storeClient.on('error', () => {});
  const late = AbortSignal.timeout(CONNECT_MILLISECONDS);
  await Promise.race(['ready', 'close'].map((event) => once(storeClient, event, { signal: late }))).catch(() => {});
  return {
    counter: (
      insuranceLimiter: RateLimiterMemory,
      options: { keyPrefix: string; points: number; duration: number },
    ): RateLimiterAbstract =>
      new RateLimiterRedis({ ...options, storeClient, insuranceLimiter, rejectIfRedisNotReady: true }),
    close: () => storeClient.disconnect(),
  };
}
