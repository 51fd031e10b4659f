import type { LimitFunction } from 'p-limit';

/**
 * Runs `task` when a slot is free, or rejects with the signal's reason if that fires while it still waits: whoever cancels
 * must not wait for the builds before it.
 */
export async function inSlot<T>(slots: LimitFunction, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let giveUp = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  const turn = slots(async () => {
    signal.removeEventListener('abort', giveUp);
    signal.throwIfAborted();
    return task();
  });
  turn.catch(() => {});
  givenUp.catch(() => {});
  return Promise.race([turn, givenUp]);
}
