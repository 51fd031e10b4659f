import { LRUCache } from 'lru-cache';
import {
  type IndexPage,
  type PromisedFile,
  parseProjectJson,
  renderProjectHtml,
  renderProjectJson,
} from '../core/index-page.ts';
import type { NormalizedName } from '../core/names.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';
import { type IndexView, pageBytes, type RenderedPage, renderedPage } from './index-view.ts';

/**
 * What the page of a project promises beside what it has. The very same array as before means that nothing has changed.
 *
 * @param etag of the page; `page` reads it
 */
export type PromisesOf = (
  name: NormalizedName,
  page: { etag: string; read: () => IndexPage },
) => Promise<readonly PromisedFile[]>;

/** Rendered pages with promises, of all targets: most projects have some versions that nobody made wheels of. */
const MAX_BYTES = 24 * 1024 * 1024;

type Known = RenderedPage & { before: string; promised: readonly PromisedFile[] };

/** Remembers rendered pages for all views with promises of one process. */
export type PromisedPages = LRUCache<string, Known>;

export function createPromisedPages(): PromisedPages {
  return new LRUCache<string, Known>({ maxSize: MAX_BYTES, sizeCalculation: pageBytes });
}

/**
 * A view with links to wheels that are not there yet, behind those that are.
 *
 * @param audience tells the pages of one kind of client from those of others
 */
export function createPromisedView(
  view: IndexView,
  { promisesOf, pages, audience }: { promisesOf: PromisesOf; pages: PromisedPages; audience: string },
): IndexView {
  return {
    root: (format) => view.root(format),
    async project(name, format) {
      const plain = await view.project(name, 'json');
      if (!plain) return undefined;
      const read = () => parseProjectJson(plain.body.toString());
      const promised = await promisesOf(name, { etag: plain.etag, read });
      if (promised.length === 0) return format === 'json' ? plain : view.project(name, format);
      const key = `${audience}/${format}/${name}`;
      const known = pages.get(key);
      const isSame = known?.before === plain.etag && known.promised === promised;
      const page = isSame ? known : { ...rendered({ ...read(), promised }, format), before: plain.etag, promised };
      if (!isSame) pages.set(key, page);
      return plain.note ? { ...page, note: plain.note } : page;
    },
  };
}

function rendered(page: IndexPage, format: PageFormat): RenderedPage {
  return renderedPage((format === 'json' ? renderProjectJson : renderProjectHtml)(page));
}
