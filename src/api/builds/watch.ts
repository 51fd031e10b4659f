import { timeLimit } from '../../core/time-limit.ts';
import { readOpenBuild } from '../../storage/build-records.ts';
import type { Api } from '../context.ts';

/** Waits until a run of a build is no longer under way, `seconds` at most. */
export async function awaitBuild(
  api: Api,
  key: string,
  run: number,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (seconds === 0) return;
  const enough = timeLimit(seconds * 1000, signal);
  while (!enough.aborted) {
    const open = await readOpenBuild(api.store, key);
    if (!open || open.run > run) return;
    await api.changes.next(({ kind, id }) => kind === 'builds' && id === key, enough);
  }
}
