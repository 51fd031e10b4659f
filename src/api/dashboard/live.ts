import { EventEmitter, once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { timeLimit } from '../../core/time-limit.ts';
import type { Change } from '../../workers/queue/queue.ts';
import type { Changes } from '../changes.ts';
import type { Page } from './page.ts';

/** A page that is open is made again after a change, not more often than this, in milliseconds. */
const EVERY = 1000;
/** And never so that it takes more than a twentieth of the time. */
const SHARE = 20;
/** Without a change too: times go on, and news can be lost. */
const AT_LEAST_EVERY = 10_000;
/** A proxy takes a connection for dead on which nothing comes for a minute. */
const BEAT = 20_000;

/** What has changed on an open page: the HTML of its parts by name, and whether nothing more will. */
export type Update = { parts: Record<string, string>; ended: boolean };

export type Making = { make(): Promise<Page>; concerns(change: Change): boolean };

/** Pages that are open somewhere. However many look at the same one, it is made once for all of them. */
export type LivePages = {
  /** Whether somebody looks at it now. */
  has(key: string): boolean;
  /** First all parts, then those that change, and a beat now and then; until the page has ended or the signal fires. */
  watch(key: string, making: Making, signal: AbortSignal): AsyncGenerator<Update | 'beat'>;
};

/** A page with its readers. */
type Open = { parts: ReadonlyMap<string, string>; ended: boolean; readers: number; news: EventEmitter };

export function createLivePages(changes: Changes): LivePages {
  const open = new Map<string, Open>();

  /** Never throws: it is nobody's to wait for. */
  async function keep(key: string, page: Open, { make, concerns }: Making): Promise<void> {
    while (page.readers > 0 && !page.ended) {
      const began = performance.now();
      // While the store or the queue is away, what was said last stands.
      const made = await make().catch(() => undefined);
      if (made) {
        page.parts = new Map(made.parts.filter((one) => !one.still).map((one) => [one.name, one.body.text]));
        page.ended = made.ended === true;
        page.news.emit('news');
      }
      const least = Math.max(EVERY, (performance.now() - began) * SHARE);
      if (!page.ended) await pause(page, least, concerns).catch(() => after(AT_LEAST_EVERY, undefined, { ref: false }));
    }
    open.delete(key);
  }

  async function pause(page: Open, least: number, concerns: Making['concerns']): Promise<void> {
    await after(least, undefined, { ref: false });
    const until = performance.now() + AT_LEAST_EVERY;
    let heard = false;
    const hear = (change: Change) => {
      heard ||= concerns(change);
      return heard;
    };
    while (!heard && page.readers > 0 && performance.now() < until)
      await changes.next(hear, timeLimit(Math.max(1, Math.ceil(until - performance.now()))));
  }

  return {
    has: (key) => open.has(key),
    async *watch(key, making, signal) {
      const page = open.get(key) ?? { parts: new Map(), ended: false, readers: 0, news: new EventEmitter() };
      page.news.setMaxListeners(0);
      page.readers += 1;
      if (!open.has(key)) {
        open.set(key, page);
        void keep(key, page, making);
      }
      const seen = new Map<string, string>();
      try {
        for (;;) {
          const parts = [...page.parts].filter(([name, text]) => seen.get(name) !== text);
          for (const [name, text] of parts) seen.set(name, text);
          if (parts.length > 0 || page.ended) yield { parts: Object.fromEntries(parts), ended: page.ended };
          if (page.ended || signal.aborted) return;
          const isNews = await within(page.news, BEAT, signal);
          if (signal.aborted) return;
          if (!isNews) yield 'beat';
        }
      } finally {
        page.readers -= 1;
      }
    },
  };
}

async function within(news: EventEmitter, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const limit = timeLimit(milliseconds, signal);
  try {
    await once(news, 'news', { signal: limit });
    return true;
  } catch (error) {
    if (limit.aborted) return false;
    throw error;
  }
}
