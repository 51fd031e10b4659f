import { renderRootHtml, renderRootJson } from '../core/index-page.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';
import type { Hidden } from './hidden.ts';
import { type IndexView, type RenderedPage, renderedPage } from './index-view.ts';

const RENDER: Record<PageFormat, (names: readonly string[]) => string> = { html: renderRootHtml, json: renderRootJson };

/** A view without what is hidden: a private project is like one that does not exist. */
export function createOpenView(view: IndexView, hidden: Hidden): IndexView {
  return {
    async root(format) {
      const names = await hidden.names();
      const page = await view.root('json');
      const projects = namesOn(page);
      const shown = projects.filter((name) => !names.has(name));
      return shown.length === projects.length ? view.root(format) : renderedPage(RENDER[format](shown));
    },
    project: async (name, format) => ((await hidden.project(name)) ? undefined : view.project(name, format)),
  };
}

function namesOn({ body }: RenderedPage): string[] {
  const { projects } = JSON.parse(body.toString()) as { projects: { name: string }[] };
  return projects.map(({ name }) => name);
}
