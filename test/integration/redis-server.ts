import type { Test } from 'tap';
import { startRedis } from '../services/redis.ts';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';

export type Apart = {
  api: Wheelmill;
  redisUrl: string;
  /** Starts a worker; it ends with the test. */
  startWorker(): Promise<Wheelmill>;
};

/** An API process and workers of its own, on a Redis of this test. */
export async function startApart(t: Test, settings: Record<string, string>): Promise<Apart> {
  const redis = await startRedis(t);
  const shared = { ...settings, WHEELMILL_QUEUE_URL: redis.url };
  const start = async (role: 'api' | 'worker') => {
    const one = await startWheelmill(role, shared);
    t.teardown(() => one.stop());
    return one;
  };
  return { api: await start('api'), redisUrl: redis.url, startWorker: () => start('worker') };
}
