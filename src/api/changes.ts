import { EventEmitter, on } from 'node:events';
import { timeLimit } from '../core/time-limit.ts';
import type { ProjectNews } from '../simple/project-news.ts';
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
  /** The news of projects, for what is served from memory. */
  projects: ProjectNews;
  /** Tells this process of a change of its own at once: the news comes back over the queue a moment later, if at all. */
  tell(change: Change): void;
  close(): void;
};

/** Listens to the queue once for however many requests wait. */
export function watchChanges(queue: WorkQueue): Changes {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const stop = queue.watch((change) => emitter.emit('change', change));
  return {
    async next(concerns, signal) {
      const enough = timeLimit(LOOK_ANYWAY_AFTER, signal);
      try {
        for await (const [change] of on(emitter, 'change', { signal: enough })) if (concerns(change as Change)) return;
      } catch (error) {
        if (!enough.aborted) throw error;
      }
    },
    projects: {
      watch(listener) {
        const filter = ({ kind, id }: Change) => kind === 'projects' && listener(id);
        emitter.on('change', filter);
        return () => emitter.off('change', filter);
      },
      completeSince: () => queue.watchesSince(),
    },
    tell: (change) => emitter.emit('change', change),
    close() {
      stop();
      emitter.removeAllListeners();
    },
  };
}

export { gone } from './ending.ts';
