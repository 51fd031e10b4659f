import { WheelmillError } from '../../errors.ts';
import type { Worker } from '../context.ts';
import type { WorkContext } from '../queue/queue.ts';

/**
 * Removes the containers that earlier runs of a job left on this engine when their worker died: until their deadline they
 * would take the memory and the processors of this one. The upkeep's sweep spares them, their job being alive again.
 */
export async function removeEarlierRuns(
  worker: Pick<Worker, 'builder'>,
  context: Pick<WorkContext, 'id' | 'attempt'>,
): Promise<void> {
  if (context.attempt === 1) return;
  await worker.builder
    .sweep(async (job) => job !== context.id)
    .catch((error) => {
      // An engine that is away is told of by the run itself.
      if (!(error instanceof WheelmillError)) throw error;
    });
}
