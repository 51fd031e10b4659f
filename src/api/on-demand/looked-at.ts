import { LRUCache } from 'lru-cache';
import type { WantedWheel } from './wanted-wheel.ts';

/** A resolver is done in this time, or has asked again. Milliseconds. */
const REMEMBERED_FOR = 15 * 60_000;
const MAX_CLIENTS = 1000;
/** Of one client. More than any list has to build. */
const MAX_PROJECTS = 200;

/**
 * What installers have looked at without taking it. pip fetches one wheel after the other when it has chosen all: what it
 * looked at last of each project is what it will ask for next, and can be built meanwhile.
 */
export type LookedAt = {
  note(client: string, wanted: WantedWheel): void;
  /** The last version of each project that a client has looked at, once: it has begun to fetch. */
  take(client: string, target: string): WantedWheel[];
};

export function createLookedAt(): LookedAt {
  const clients = new LRUCache<string, Map<string, WantedWheel>>({ max: MAX_CLIENTS, ttl: REMEMBERED_FOR });
  const nameOf = (client: string, target: string) => `${target} ${client}`;
  return {
    note(client, wanted) {
      const name = nameOf(client, wanted.target);
      const projects = clients.get(name) ?? new Map<string, WantedWheel>();
      if (projects.size < MAX_PROJECTS || projects.has(wanted.project)) projects.set(wanted.project, wanted);
      clients.set(name, projects);
    },
    take(client, target) {
      const name = nameOf(client, target);
      const projects = clients.get(name);
      clients.delete(name);
      return [...(projects?.values() ?? [])];
    },
  };
}
