import { renderRootHtml, renderRootJson } from '../core/index-page.ts';
import { type PageFormat, paths } from '../storage/bucket-paths.ts';
import { ROOT_PAGE } from '../storage/dirty-marks.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type IndexView, pageBytes, type RenderedPage, renderedPage } from './index-view.ts';
import { NO_NEWS, type ProjectNews } from './project-news.ts';
import { createStoreMemory } from './store-memory.ts';

/** Pages of ten thousand projects with ten wheels each, in one format. With more, pages that make room for others stay until V8 collects them. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The pages of stored public wheels, as they were rendered into the bucket; from memory as far as `news` allows. */
export function createStoredView(store: ObjectStore, news: ProjectNews = NO_NEWS): IndexView {
  const memory = createStoreMemory<RenderedPage>({
    news,
    maxBytes: MAX_BYTES,
    sizeOf: pageBytes,
    remembersMissing: true,
    async load(key, known) {
      const info = await store.head(key);
      if (!info) return undefined;
      if (known?.version === info.etag) return known;
      const body = await store.read(key);
      // Of a page written in between the bytes are newer than the version: it is only read once more then.
      return body && { value: renderedPage(body), version: info.etag };
    },
  });

  return {
    root: async (format) => (await memory.get(paths.rootPage(format), ROOT_PAGE)) ?? EMPTY_ROOT[format],
    project: (name, format) => memory.get(paths.projectPage(name, format), name),
  };
}

/** Before the first wheel is stored nothing has been rendered. */
const EMPTY_ROOT: Record<PageFormat, RenderedPage> = {
  html: renderedPage(renderRootHtml([])),
  json: renderedPage(renderRootJson([])),
};
