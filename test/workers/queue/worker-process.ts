/**
 * A worker in a process of its own: `worker-process.ts <redis url or data folder> <lane> <options as JSON>`. Says
 * `ready`, then `{ id, attempt }` of each job it takes; it finishes none. Adds what it is sent.
 */
import { openQueue } from '../../../src/workers/queue/open-queue.ts';
import type { Lane, Work } from '../../../src/workers/queue/queue.ts';

const [place = '', lane = '', options = '{}'] = process.argv.slice(2);
const queue = await openQueue(
  place.startsWith('redis:') ? { url: place, dataFolder: '' } : { dataFolder: place },
  JSON.parse(options),
);
await queue.serve(lane as Lane, 1, async (_, { id, attempt }) => {
  process.send?.({ id, attempt });
  await new Promise(() => {});
});
process.on('message', (work) => queue.add(work as Work));
process.send?.('ready');
