import { parseProjectJson, renderProjectHtml, renderProjectJson } from '../core/index-page.ts';
import { type IndexView, renderedPage } from './index-view.ts';

/**
 * A view with nothing but the files of these hashes, as if they were all there ever was: what a front end finds here, it
 * was to find. They are pinned, so a yanked one may be used (PEP 592), and is not called yanked for that.
 */
export function createPinnedView(view: IndexView, only: ReadonlySet<string>): IndexView {
  return {
    root: (format) => view.root(format),
    async project(name, format) {
      const whole = await view.project(name, 'json');
      if (!whole) return undefined;
      const page = parseProjectJson(whole.body.toString());
      const files = page.files.filter((file) => only.has(file.sha256)).map(({ yanked, ...file }) => file);
      return renderedPage((format === 'json' ? renderProjectJson : renderProjectHtml)({ ...page, files }));
    },
  };
}
