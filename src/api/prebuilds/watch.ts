import { timeLimit } from '../../core/time-limit.ts';
import { readPrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Api } from '../context.ts';
import { ENDED_STATES } from './view.ts';
import { type Standing, withWaiting } from './waiting.ts';

/**
 * The status of an attempt now, and again after each change that concerns it, until it has ended or the signal fires.
 * Yields nothing where there is no such attempt.
 */
export async function* watchPrebuild(
  api: Api,
  id: string,
  attempt: number,
  signal: AbortSignal,
): AsyncGenerator<Standing> {
  for (let before = ''; ; ) {
    const found = await readPrebuildStatus(api.store, id, attempt);
    if (!found) return;
    const status = await withWaiting(api.store, found);
    const now = JSON.stringify([status.state, status.items, status.endedAt, status.waiting]);
    if (now !== before) yield status;
    before = now;
    if (ENDED_STATES.has(status.state) && status.endedAt) return;
    const builds = new Set(status.items.flatMap((one) => (one.build ? [one.build] : [])));
    const projects = new Set(status.items.map((one) => one.project));
    await api.changes.next(
      ({ kind, id: changed }) =>
        kind === 'prebuilds' ? changed === id : kind === 'builds' ? builds.has(changed) : projects.has(changed),
      signal,
    );
    if (signal.aborted) return;
  }
}

/** Waits until an attempt has ended, `seconds` at most, and gives its status then. */
export async function awaitPrebuild(
  api: Api,
  id: string,
  attempt: number,
  seconds: number,
  signal: AbortSignal,
): Promise<Standing | undefined> {
  const enough = seconds > 0 ? timeLimit(seconds * 1000, signal) : AbortSignal.abort();
  let last: Standing | undefined;
  for await (const status of watchPrebuild(api, id, attempt, enough)) last = status;
  return last;
}
