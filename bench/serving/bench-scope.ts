/** Ends what one bench has started, in reverse: what a test's `teardown` does. */
export type BenchScope = { teardown(end: () => unknown): void };

/** Runs `work`, and whatever comes of it ends what it has started. */
export async function inScope<T>(work: (scope: BenchScope) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await work({ teardown: (end) => void ends.unshift(end) });
  } finally {
    for (const end of ends) await end();
  }
}
