import { EventEmitter, on, once } from 'node:events';
import type { Change, WorkQueue } from '../workers/queue/queue.ts';

/**
 * Where a queue's news can be lost (a Redis that restarts), watchers look at the records by themselves this often,
 * in milliseconds.
 */
const LOOK_ANYWAY_AFTER = 2000;

/** The news of all processes, for requests that wait. */
export type Changes = {
  /** Resolves at the next change that passes `concerns`, or a little later by itself. */
  next(concerns: (change: Change) => boolean, signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Listens to the queue once for however many requests wait. */
export function watchChanges(queue: WorkQueue): Changes {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const stop = queue.watch((change) => emitter.emit('change', change));
  return {
    async next(concerns, signal) {
      const enough = AbortSignal.any([signal, AbortSignal.timeout(LOOK_ANYWAY_AFTER)]);
      try {
        for await (const [change] of on(emitter, 'change', { signal: enough })) if (concerns(change as Change)) return;
      } catch (error) {
        if (!enough.aborted) throw error;
      }
    },
    close() {
      stop();
      emitter.removeAllListeners();
    },
  };
}

/** Resolves when the client has gone or the request was answered; never rejects. */
export function gone(
  raw: { destroyed: boolean; once(event: 'close', listener: () => void): unknown } & EventEmitter,
): AbortSignal {
  const controller = new AbortController();
  if (raw.destroyed) controller.abort();
  else void once(raw, 'close').then(() => controller.abort());
  return controller.signal;
}
