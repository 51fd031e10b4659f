/** Volumes that are filled once an engine, and found full ever after. */
export type FilledVolumes<T> = {
  /** Resolves when the volume is full; throws what filling it throws, where nobody else's filling did instead. */
  full(volume: string, about: T): Promise<void>;
  /** Makes the next call look again: the volume was found empty. */
  forget(volume: string): void;
};

/** @param fill fills a volume that is not full yet; called by one at a time in this process, and again after it has failed */
export function createFilledVolumes<T>(fill: (volume: string, about: T) => Promise<void>): FilledVolumes<T> {
  const filled = new Map<string, Promise<void>>();
  const drop = (volume: string, filling: Promise<void>) => {
    if (filled.get(volume) === filling) filled.delete(volume);
  };
  return {
    forget: (volume) => void filled.delete(volume),
    async full(volume, about) {
      for (;;) {
        const others = filled.get(volume);
        if (others === undefined) break;
        try {
          return await others;
        } catch {
          // It may have been cancelled with the work that began it.
          drop(volume, others);
        }
      }
      const ours = fill(volume, about);
      filled.set(volume, ours);
      try {
        await ours;
      } catch (error) {
        drop(volume, ours);
        throw error;
      }
    },
  };
}
