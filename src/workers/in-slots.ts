import pLimit, { type LimitFunction } from 'p-limit';
import { inSlot } from './in-slot.ts';

/** Whoever needs several slots collects them alone: two who each held some and waited for the rest would wait for ever. */
const collectors = new WeakMap<LimitFunction, LimitFunction>();

/**
 * Runs `task` in as many slots at once as it takes the room of; never in more than there are, so that what is too large for
 * the machine runs alone. Rejects with the signal's reason if that fires while it still waits.
 */
export async function inSlots<T>(
  slots: LimitFunction,
  wanted: number,
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T> {
  const count = Math.min(wanted, slots.concurrency);
  if (count <= 1) return inSlot(slots, signal, task);
  const collector = collectors.get(slots) ?? pLimit(1);
  collectors.set(slots, collector);
  const held: (() => void)[] = [];
  try {
    await inSlot(collector, signal, async () => {
      while (held.length < count) held.push(await hold(slots, signal));
    });
    return await task();
  } finally {
    for (const release of held) release();
  }
}

/** Takes one slot, until the returned function is called. */
async function hold(slots: LimitFunction, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    inSlot(slots, signal, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}
