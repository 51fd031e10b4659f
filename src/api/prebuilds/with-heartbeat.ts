import { setTimeout as after } from 'node:timers/promises';

/**
 * What several sources give, in the order in which it comes, and a heartbeat whenever none has given anything for so many
 * milliseconds. Ends when all of them have ended; throws what one of them throws.
 */
export async function* withHeartbeat<T, H>(
  sources: readonly AsyncGenerator<T>[],
  every: number,
  beat: () => H,
): AsyncGenerator<T | H> {
  type Turn = { source: AsyncGenerator<T>; result: IteratorResult<T> };
  const next = (source: AsyncGenerator<T>): Promise<Turn> => source.next().then((result) => ({ source, result }));
  const turns = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (turns.size > 0) {
      const bell = new AbortController();
      const silence = after(every, undefined, { signal: bell.signal }).catch(() => undefined);
      const turn = await Promise.race([...turns.values(), silence]).finally(() => bell.abort());
      if (turn === undefined) yield beat();
      else if (turn.result.done) turns.delete(turn.source);
      else {
        turns.set(turn.source, next(turn.source));
        yield turn.result.value;
      }
    }
  } finally {
    // Nobody waits for the rest: who gives it is told by a signal of its own, and what it still says is not heard.
    for (const turn of turns.values()) turn.catch(() => undefined);
  }
}
