import { join } from 'node:path';
import { holdDataFolder } from './data-folder-lock.ts';
import type { WorkQueue } from './queue.ts';
import type { QueueOptions } from './queue-options.ts';

/**
 * The queue that the settings ask for: on Redis with a `url`, else embedded in the data folder, which then belongs to
 * this process until the queue is closed. Each kind's packages are loaded only when it is used.
 * @throws WheelmillError `bad-config` (not a Redis URL, or a data folder that cannot be used), `data-folder-in-use`
 */
export async function openQueue(
  { url, dataFolder }: { url?: string | undefined; dataFolder: string },
  overrides: Partial<QueueOptions> = {},
): Promise<WorkQueue> {
  if (url !== undefined) {
    const { openRedisQueue } = await import('./redis.ts');
    return openRedisQueue({ url }, overrides);
  }
  const held = await holdDataFolder(dataFolder);
  try {
    const { openEmbeddedQueue } = await import('./embedded.ts');
    const queue = await openEmbeddedQueue({ folder: join(dataFolder, 'queue') }, overrides);
    return {
      ...queue,
      close: async () => {
        await queue.close();
        await held.release();
      },
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}
