import { parseProjectJson, renderProjectHtml, renderProjectJson, sortedVersions } from '../core/index-page.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { indexFile } from '../storage/project-pages.ts';
import { type IndexView, renderedPage } from './index-view.ts';

/**
 * A view with some stored wheels more, before what it has: those of a list that is being made are on no page before they are
 * proven, and the list's own resolver has to see them.
 */
export function withWheels(view: IndexView, wheels: readonly WheelRecord[]): IndexView {
  return {
    root: (format) => view.root(format),
    async project(name, format) {
      const own = wheels.filter((one) => one.project === name);
      if (own.length === 0) return view.project(name, format);
      const whole = await view.project(name, 'json');
      const page = whole ? parseProjectJson(whole.body.toString()) : { name, versions: [], files: [] };
      const names = new Set(own.map((one) => one.filename));
      const files = [...own.map(indexFile), ...page.files.filter((file) => !names.has(file.filename))];
      const versions = sortedVersions([...page.versions, ...own.map((one) => one.version)]);
      return renderedPage((format === 'json' ? renderProjectJson : renderProjectHtml)({ ...page, versions, files }));
    },
  };
}
