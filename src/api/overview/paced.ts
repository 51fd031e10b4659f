/** A value that is made in the background, and kept until a newer one is there. */
export type Paced<T> = {
  /**
   * The latest value; one that is due is begun anew. Waits for that, `patience` milliseconds at most, only where what there is is
   * older than it is good for, and a moment only where it is still usable. Undefined where there is none then.
   */
  read(patience?: number): Promise<T | undefined>;
  /** What was begun before now is good for nothing: something is known to have changed. */
  outdate(): void;
  /** Why the latest attempt failed, where it did. */
  failure(): unknown;
};

/** What takes long is made more seldom, so that it takes no more than a twentieth of the time. */
const SHARE = 20;

/** For something newer than what is usable nobody waits longer, in milliseconds. */
const MOMENT = 30;

/**
 * Makes a value at most every `every` milliseconds, however many ask, and not at all while nobody asks.
 *
 * @param goodFor so old (milliseconds) a value may be given while a newer one is made
 * @param usableFor so old it may be given where a newer one takes longer than a moment
 */
export function paced<T>(
  make: () => Promise<T>,
  {
    every,
    goodFor = Number.POSITIVE_INFINITY,
    usableFor = goodFor,
  }: { every: number; goodFor?: number; usableFor?: number },
): Paced<T> {
  let value: { of: T; began: number } | undefined;
  let making: Promise<void> | undefined;
  let nextAt = 0;
  let outdatedAt = -1;
  let failed: unknown;

  async function refresh(): Promise<void> {
    const began = performance.now();
    try {
      value = { of: await make(), began };
      failed = undefined;
    } catch (error) {
      failed = error ?? new Error('It could not be made.');
    }
    const ended = performance.now();
    nextAt = outdatedAt > began ? ended : Math.max(began + every, ended + (ended - began) * SHARE);
    making = undefined;
  }

  const isYoung = (limit: number) =>
    value !== undefined && value.began > outdatedAt && performance.now() - value.began < limit;

  return {
    async read(patience = 0) {
      const asked = performance.now();
      const until = asked + (isYoung(usableFor) ? Math.min(patience, MOMENT) : patience);
      // What was begun after it was asked for is as new as can be.
      const isGood = () => isYoung(goodFor) || (isYoung(Number.POSITIVE_INFINITY) && value!.began >= asked);
      do {
        if (making === undefined && (performance.now() >= nextAt || value === undefined)) making = refresh();
        if (isGood() || !making) break;
        const left = until - performance.now();
        if (left > 0) await within(making, left);
      } while (!isGood() && failed === undefined && performance.now() < until);
      return value?.of;
    },
    outdate() {
      outdatedAt = performance.now();
      nextAt = 0;
    },
    failure: () => failed,
  };
}

/** Waits for something, so many milliseconds at most. */
async function within(something: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([something, late]).finally(() => clearTimeout(timer));
}
