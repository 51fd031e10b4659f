import { WheelmillError } from '../errors.ts';

/** So many files may be open at once. */
export type FilePlaces = {
  /**
   * Waits for a place, and gives what gives it back.
   *
   * @throws WheelmillError `store-unavailable` after too long a wait, and the signal's reason.
   */
  enter(signal?: AbortSignal): Promise<() => void>;
};

/** First come, first served. @param waitMs the longest wait for a place, in milliseconds */
export function createFilePlaces(most: number, waitMs: number): FilePlaces {
  const line = new Set<() => void>();
  let taken = 0;

  function leave(): void {
    const [next] = line;
    if (next === undefined) taken -= 1;
    else {
      line.delete(next);
      next();
    }
  }
  const once = (): (() => void) => {
    let isBack = false;
    return () => {
      if (!isBack) leave();
      isBack = true;
    };
  };

  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (taken < most) {
        taken += 1;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const end = (settle: () => void) => () => {
          line.delete(mine);
          clearTimeout(late);
          signal?.removeEventListener('abort', gone);
          settle();
        };
        const mine = end(resolve);
        const gone = end(() => reject(signal?.reason));
        const late = setTimeout(
          end(() => reject(busy(most))),
          waitMs,
        );
        signal?.addEventListener('abort', gone, { once: true });
        line.add(mine);
      });
      return once();
    },
  };
}

function busy(most: number): WheelmillError {
  return new WheelmillError(
    'store-unavailable',
    `${most} files of the object store are being read, as many as this process reads at once. Ask again in a moment.`,
  );
}
