import { WheelmillError } from '../../errors.ts';
import { wishCancel } from '../../storage/cancels.ts';
import { listAttempts, readOpenPrebuild } from '../../storage/prebuild-records.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import { settleWork } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import { awaitPrebuild } from './watch.ts';

/**
 * Cancels the attempt under way and waits for its end, `seconds` at most. Once the wish is noted it is fulfilled, also where
 * the queue is away now. Cancelling one that is cancelled gives its record.
 *
 * @returns how it stands; undefined where there is no such prebuild.
 * @throws WheelmillError `already-ended`
 */
export async function cancelPrebuild(
  api: Api,
  id: string,
  seconds: number,
  signal: AbortSignal,
): Promise<PrebuildStatus | undefined> {
  const open = await readOpenPrebuild(api.store, id);
  const attempt = open ?? (await listAttempts(api.store, id)).at(-1);
  if (attempt === undefined) return undefined;
  if (open !== undefined) {
    await wishCancel(api.store, id, open);
    await api.queue.add(settleWork(id));
  }
  const status = await awaitPrebuild(api, id, attempt, seconds, signal);
  if (!status?.endedAt || status.state === 'cancelled') return status;
  throw new WheelmillError(
    'already-ended',
    `Attempt ${attempt} of prebuild ${id} has ended already, as ${status.state}: there is nothing to cancel.`,
  );
}
