import { WheelmillError } from '../../errors.ts';
import { readBuildRecord, readOpenBuild, waitingPrebuilds } from '../../storage/build-records.ts';
import { readCancel, removeCancel, wishCancel } from '../../storage/cancels.ts';
import { readOpenPrebuild } from '../../storage/prebuild-records.ts';
import { fulfilCancel } from '../../workers/queue/cancel-build.ts';
import type { Api } from '../context.ts';
import { awaitBuild } from './watch.ts';

export type CancelOptions = { force: boolean; seconds: number; signal: AbortSignal };

/**
 * Cancels the run of a build that is open and waits for its end, `seconds` at most. With `force` also where prebuilds wait
 * for it; they then end without it. Cancelling one that is cancelled changes nothing.
 *
 * @throws WheelmillError `still-wanted` naming the prebuilds that wait, `already-ended`
 */
export async function cancelBuild(api: Api, key: string, { force, seconds, signal }: CancelOptions): Promise<void> {
  const open = await readOpenBuild(api.store, key);
  if (open) {
    const isWished = (await readCancel(api.store, key))?.of === open.run;
    await wishCancel(api.store, key, open.run, { force });
    // After the wish was noted, as in the settle job: whoever comes to wait in between sees it.
    const waiting = isWished || force ? [] : await whoWaits(api, key);
    if (waiting.length > 0) {
      await removeCancel(api.store, key, open.run);
      throw stillWanted(key, waiting);
    }
    await fulfilCancel(api, key);
    await awaitBuild(api, key, open.run, seconds, signal);
  }
  const record = await readBuildRecord(api.store, key);
  if (!record || record.reason === 'cancelled' || (open && record.run < open.run)) return;
  throw new WheelmillError(
    'already-ended',
    `The build has ended already, as ${record.state}${record.reason ? ` (${record.reason})` : ''}: there is nothing to cancel.`,
  );
}

async function whoWaits(api: Api, key: string): Promise<string[]> {
  const ids = await waitingPrebuilds(api.store, key);
  const open = await Promise.all(ids.map((id) => readOpenPrebuild(api.store, id)));
  return ids.filter((_, index) => open[index] !== undefined);
}

const SHOWN = 3;

function stillWanted(key: string, waiting: readonly string[]): WheelmillError {
  const shown = waiting.slice(0, SHOWN).join(', ');
  const more = waiting.length > SHOWN ? ` and ${waiting.length - SHOWN} more` : '';
  const who = waiting.length === 1 ? `Prebuild ${shown} waits` : `Prebuilds ${shown}${more} wait`;
  return new WheelmillError(
    'still-wanted',
    `${who} for build ${key}. Cancel that instead, or add ?force=true to end the build for all who wait.`,
    { faults: waiting.map((prebuild) => ({ prebuild })) },
  );
}
