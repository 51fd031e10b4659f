import type { BuildRequest } from '../../core/records/build.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { readOpenBuild } from '../../storage/build-records.ts';
import type { Api } from '../context.ts';
import { ServerEnding } from '../ending.ts';
import { restOfStoredLog } from './stored-log.ts';

/** Log chunks are looked for this often while a build says nothing else, in milliseconds. */
const LOOK_EVERY = 500;
/** The last characters that were sent, by which it is found how far that was. */
const REMEMBERED = 2000;

/**
 * The log of a build under way from its beginning, until it ends or the client goes; without `follow` as far as it has come. With the
 * job its live log goes: what was not sent by then is in the stored one. Throws ServerEnding with the server: what is cut off must not look whole.
 */
export async function* liveLog(
  api: Api,
  build: BuildRequest,
  { follow, signal }: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  // Sends the head of the answer: a client waits for that for some minutes only, and a build may be silent for longer.
  yield '';
  let seen = 0;
  let sent = '';
  while (!signal.aborted) {
    const running = await readOpenBuild(api.store, build.key);
    const { chunks, next } = await api.queue.log(`builds.${build.target}`, build.key, seen);
    for (const chunk of chunks) yield chunk;
    seen = next;
    sent = (sent + chunks.join('')).slice(-REMEMBERED);
    if (!running) {
      const rest = await restOfStoredLog(api.store, build.key, sent);
      if (rest !== '') yield rest;
      return;
    }
    if (!follow && chunks.length === 0) return;
    if (chunks.length === 0)
      await api.changes.next(({ kind, id }) => kind === 'builds' && id === build.key, timeLimit(LOOK_EVERY, signal));
  }
  if (signal.reason instanceof ServerEnding) throw signal.reason;
}
