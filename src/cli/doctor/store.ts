import { randomUUID } from 'node:crypto';
import { WheelmillError } from '../../errors.ts';
import { type Check, ok } from './check.ts';
import type { DoctorContext } from './context.ts';

/** Writes, lists, reads and removes an object, as everything here does. */
export function storeCheck({ config, store }: DoctorContext): Check {
  return {
    name: 'store',
    seconds: 30,
    look: async () => {
      const key = `checks/${randomUUID()}`;
      const started = performance.now();
      await store.put(key, key);
      const listed: string[] = [];
      for await (const one of store.list(key)) listed.push(one);
      const seen = await store.read(key);
      await store.remove(key);
      const milliseconds = Math.round(performance.now() - started);
      const place = config.s3Endpoint
        ? `bucket ${config.s3Bucket} at ${config.s3Endpoint}`
        : `files in ${config.dataFolder}/bucket`;
      if (seen?.toString() !== key || !listed.includes(key) || (await store.head(key)))
        throw new WheelmillError(
          'store-unavailable',
          `${place} does not give back what is written to it at once. Use a store with read-after-write consistency.`,
        );
      return ok(`${place}: written, listed, read and removed in ${milliseconds} ms`);
    },
  };
}
