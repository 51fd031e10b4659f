import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { WheelmillError } from '../../errors.ts';

const MINUTE_SECONDS = 60;

/** Counts the requests of each client in this process. */
export type RequestRate = {
  /** Throws WheelmillError `rate-limited` for one more than may be. */
  count(client: string): Promise<void>;
};

/** @param most requests a minute of one client; 0 for no limit */
export function createRequestRate(most: number): RequestRate {
  if (most === 0) return { count: async () => {} };
  const limiter = new RateLimiterMemory({ points: most, duration: MINUTE_SECONDS });
  return {
    async count(client) {
      await limiter.consume(client).catch(({ msBeforeNext }: RateLimiterRes) => {
        throw new WheelmillError(
          'rate-limited',
          `A client may send ${most} requests a minute (WHEELMILL_MAX_REQUESTS). Wait for the next one.`,
          { retryAfter: Math.min(MINUTE_SECONDS, Math.max(1, Math.ceil(msBeforeNext / 1000))) },
        );
      });
    },
  };
}
