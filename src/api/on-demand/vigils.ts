import type { Api } from '../context.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { watchPrebuild } from '../prebuilds/watch.ts';

/** Watches each prebuild once for however many requests wait for its end. */
export type Vigils = {
  /** How an attempt has ended, or where it stands when the signal fires. */
  until(id: string, attempt: number, signal: AbortSignal): Promise<Standing | undefined>;
};

type Vigil = { latest: Standing | undefined; waiting: Set<() => void>; over: AbortController };

export function createVigils(api: Api): Vigils {
  const vigils = new Map<string, Vigil>();

  function begin(key: string, id: string, attempt: number): Vigil {
    const vigil: Vigil = { latest: undefined, waiting: new Set(), over: new AbortController() };
    vigils.set(key, vigil);
    const watch = async () => {
      for await (const status of watchPrebuild(api, id, attempt, vigil.over.signal)) vigil.latest = status;
    };
    watch()
      .catch((error) => api.log.warn({ err: error }, `a wait for the prebuild ${id} broke off; clients ask again`))
      .finally(() => {
        if (vigils.get(key) === vigil) vigils.delete(key);
        for (const wake of vigil.waiting) wake();
      });
    return vigil;
  }

  return {
    async until(id, attempt, signal) {
      if (signal.aborted) return undefined;
      const key = `${id}/${attempt}`;
      const vigil = vigils.get(key) ?? begin(key, id, attempt);
      await new Promise<void>((resolve) => {
        const wake = () => {
          vigil.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        vigil.waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
      if (vigil.waiting.size === 0) {
        vigils.delete(key);
        vigil.over.abort();
      }
      return vigil.latest;
    },
  };
}
