import { LRUCache } from 'lru-cache';
import { renderRootHtml, renderRootJson } from '../core/index-page.ts';
import { type PageFormat, paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type IndexView, type RenderedPage, renderedPage } from './index-view.ts';

/** Pages of some thousands of projects; each is looked at in the bucket again before it is given. */
const MAX_BYTES = 32 * 1024 * 1024;

/** The pages of stored public wheels, as they were rendered into the bucket. */
export function createStoredView(store: ObjectStore): IndexView {
  const memory = new LRUCache<string, RenderedPage & { version: string }>({
    maxSize: MAX_BYTES,
    sizeCalculation: (page) => page.body.length + 200,
  });

  async function page(key: string): Promise<RenderedPage | undefined> {
    const info = await store.head(key);
    if (!info) return undefined;
    const known = memory.get(key);
    if (known?.version === info.etag) return known;
    const body = await store.read(key);
    if (!body) return undefined;
    // Of a page written in between the bytes are newer than the version: it is only read once more then.
    const read = { ...renderedPage(body), version: info.etag };
    memory.set(key, read);
    return read;
  }

  return {
    root: async (format) => (await page(paths.rootPage(format))) ?? renderedPage(EMPTY_ROOT[format]()),
    project: (name, format) => page(paths.projectPage(name, format)),
  };
}

/** Before the first wheel is stored nothing has been rendered. */
const EMPTY_ROOT: Record<PageFormat, () => string> = {
  html: () => renderRootHtml([]),
  json: () => renderRootJson([]),
};
