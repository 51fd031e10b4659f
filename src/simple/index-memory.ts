import type { ObjectStore } from '../storage/object-store.ts';
import type { IndexView } from './index-view.ts';
import type { ProjectNews } from './project-news.ts';
import { createStoredView } from './stored-view.ts';
import { createWheelMemory, type WheelMemory } from './wheel-memory.ts';

/** What a process remembers of one store to serve it: pages, and records and metadata of wheels. */
export type IndexMemory = { stored: IndexView; wheels: WheelMemory };

/** @param news of what changes in the store; without it nothing is given before it was looked up. */
export function createIndexMemory(store: ObjectStore, news?: ProjectNews): IndexMemory {
  return { stored: createStoredView(store, news), wheels: createWheelMemory(store, news) };
}
