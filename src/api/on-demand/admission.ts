/**
 * How many wheels may be on their way because somebody asked for one: of one client, and altogether. Further ones wait for their
 * place while their requests are held. Each API process counts for itself.
 */
export type Admission = {
  /** Whether there is a place for `what`; one that has a place has it for everybody. */
  enter(client: string, what: string): boolean;
  leave(what: string): void;
  /** Resolves when somebody has left, or with the signal. */
  change(signal: AbortSignal): Promise<void>;
};

export function createAdmission({ perClient, altogether }: { perClient: number; altogether: number }): Admission {
  const inside = new Map<string, string>();
  const waiting = new Set<() => void>();
  return {
    enter(client, what) {
      if (inside.has(what)) return true;
      const own = [...inside.values()].filter((one) => one === client).length;
      if (inside.size >= altogether || own >= perClient) return false;
      inside.set(what, client);
      return true;
    },
    leave(what) {
      if (!inside.delete(what)) return;
      for (const wake of [...waiting]) wake();
    },
    change(signal) {
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
