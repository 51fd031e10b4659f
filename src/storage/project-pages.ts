import {
  type IndexFile,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  sortedVersions,
} from '../core/index-page.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from './bucket-paths.ts';
import { announcePage, ROOT_PAGE } from './dirty-marks.ts';
import type { ObjectStore } from './object-store.ts';
import { lookAgain, type ProjectState } from './project-state.ts';
import { putIfChanged, renderPage } from './rendering.ts';

export type Rendered = {
  /** False for a project that changes faster than it can be rendered: it is marked, and to be rendered again. */
  isSettled: boolean;
  /** Whether the list of projects has to be rendered: this one has got its page, or lost it. */
  isRootDirty: boolean;
};

type Page = ProjectState & { html: string; json: string };

/**
 * Renders `simple/<project>/` from the project's records: public wheels that were not deleted. A project without any has no
 * page. Finishes deletions: a record that no page lists any more goes.
 *
 * What `renderPage` says of several renderings at once holds. A record that cannot be read is left out.
 */
export async function renderProject(store: ObjectStore, project: string): Promise<Rendered> {
  const look = lookAgain(store, project);
  let isRootDirty = false;
  const outcome = await renderPage<Page>(store, project, {
    look: async (marks) => withTexts(project, await look(marks)),
    text: ({ json }) => json,
    async write(page) {
      if (await writePage(store, project, page)) isRootDirty = true;
    },
    meets: ({ meets }, mark) => meets(mark),
    async settled({ unfinished }) {
      for (const filename of unfinished) await store.remove(paths.wheelRecord(project, filename));
    },
  });
  return { isSettled: outcome === 'settled', isRootDirty };
}

/** Empty texts stand for no page. */
function withTexts(project: string, state: ProjectState): Page {
  const shown = state.listed.filter((record) => record.visibility === 'public');
  if (shown.length === 0) return { ...state, html: '', json: '' };
  const page = {
    name: project,
    ...(state.claimed && { isPrivate: true as const }),
    versions: sortedVersions(shown.map((record) => record.version)),
    files: shown.map(indexFile),
  };
  return { ...state, html: renderProjectHtml(page), json: renderProjectJson(page) };
}

/** Gives whether the page has come or gone. */
async function writePage(store: ObjectStore, project: string, page: { html: string; json: string }): Promise<boolean> {
  const [html, json] = [paths.projectPage(project, 'html'), paths.projectPage(project, 'json')];
  const isThere = (await store.head(json)) !== undefined;
  if (page.json === '') {
    if (!isThere && !(await store.head(html))) return false;
    await announcePage(store, project, 'nopage');
    await store.remove(html);
    await store.remove(json);
    return true;
  }
  if (!isThere) await announcePage(store, project, 'page');
  await putIfChanged(store, html, page.html);
  await putIfChanged(store, json, page.json);
  return !isThere;
}

/** As it stands on `simple/<project>/`, two folders below the root. */
export function indexFile(record: WheelRecord): IndexFile {
  const { project, sha256, filename, size, requiresPython, yanked, yankedHere, metadataSha256, uploadedAt } = record;
  return {
    filename,
    url: `../../${paths.wheelFile(project, sha256, filename)}`,
    sha256,
    size,
    coreMetadataSha256: metadataSha256,
    uploadTime: new Date(uploadedAt).toISOString(),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(yankedHere && { yankedHere: true as const }),
    ...(record.build && { builtFor: record.build.target }),
  };
}

/** Renders `simple/`: the projects that have a page. Of several renderings at once `renderPage` tells. */
export async function renderRoot(store: ObjectStore): Promise<'settled' | 'changing'> {
  return renderPage<string[]>(store, ROOT_PAGE, {
    look: () => listPages(store),
    text: renderRootJson,
    async write(names) {
      await putIfChanged(store, paths.rootPage('html'), renderRootHtml(names));
      await putIfChanged(store, paths.rootPage('json'), renderRootJson(names));
    },
    meets: (names, { name = '', content }) => content === undefined || names.includes(name) === (content === 'page'),
  });
}

/** Projects that have a page, ascending. Listed as a whole: some servers have to look into each folder to know of it. */
export async function listPages(store: ObjectStore): Promise<string[]> {
  const prefix = paths.pages();
  const names: string[] = [];
  for await (const key of store.list(prefix)) {
    const [project, leaf] = key.slice(prefix.length).split('/');
    if (project && leaf === 'index.json') names.push(project);
  }
  return names.sort();
}
