import { html } from '../../../core/html.ts';
import { listProjects } from '../../../storage/projects.ts';
import type { Api } from '../../context.ts';
import { readNameCursor, writeCursor } from '../../cursor.ts';
import type { PageMaker } from '../page.ts';
import { count } from '../parts/amounts.ts';
import { linkOf, pager } from '../parts/pager.ts';
import { table } from '../parts/table.ts';
import { projectLink } from './links.ts';

const PAGE_SIZE = 50;
const PATH = '/dashboard/projects';

/** What is stored, by project; by the beginning of a name. */
export function projectsPage(api: Api): PageMaker {
  return {
    async make({ query }) {
      const { cursor } = query;
      const begins = (query.begins ?? '').toLowerCase().replace(/[-_.]+/g, '-');
      const asked = { after: readNameCursor(cursor), begins, limit: PAGE_SIZE };
      const isName = /^[a-z0-9-]*$/.test(begins);
      const { projects, isLast } = isName ? await listProjects(api.store, asked) : { projects: [], isLast: true };
      const last = projects.at(-1)?.name;
      const list = table(
        'Projects',
        [{ head: 'Project', kind: 'main' }, 'Newest version', { head: 'Wheels', kind: 'number' }],
        projects.map(({ name, newest, wheels }) => [projectLink(name), newest, count(wheels)]),
        {
          empty:
            begins === '' ? 'Nothing is stored yet.' : `Nothing is stored of a project that begins with ${begins}.`,
        },
      );
      const next = isLast || last === undefined ? undefined : writeCursor(last);
      const body = html`<h1>Projects</h1>
<form method="get" action="${PATH}" class="filter" role="search" aria-label="Projects"><label>Begins with <input name="begins" value="${begins}" autocomplete="off" spellcheck="false"></label> <button>Show</button></form>
${list}${pager(PATH, { begins }, { isFirst: cursor === undefined, next })}`;
      return {
        ...{ title: 'Projects', section: 'projects', json: linkOf('/api/v1/projects', { begins, cursor }) },
        parts: [{ name: 'list', body }],
      };
    },
  };
}
