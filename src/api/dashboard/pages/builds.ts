import { html } from '../../../core/html.ts';
import { BUILD_STATES } from '../../../core/records/build.ts';
import { FAILURES } from '../../../errors.ts';
import { type BuildFilter, type BuildLine, listBuilds } from '../../builds/list.ts';
import type { Api } from '../../context.ts';
import type { PageMaker } from '../page.ts';
import { ago, elapsed } from '../parts/amounts.ts';
import { linkOf, pager } from '../parts/pager.ts';
import { stateMark } from '../parts/state.ts';
import { table } from '../parts/table.ts';
import { MOST_UNDER_WAY, moreUnderWay } from '../parts/under-way.ts';
import { buildLink, projectLink, reasonLink } from './links.ts';

const PAGE_SIZE = 50;
const PATH = '/dashboard/builds';

/** Builds under way, then those that ended, newest first; by project, state and reason. */
export function buildsPage(api: Api): PageMaker {
  return {
    concerns: ({ kind }) => kind === 'builds',
    async make({ query, viewer, now }) {
      const { project, state, reason, cursor } = query;
      const filter = { project, state, reason };
      const asked = { ...filter, cursor, limit: PAGE_SIZE, mostUnderWay: MOST_UNDER_WAY };
      const { items, next, underWay } = await listBuilds(api, asked, viewer.base);
      const list = table(
        'Builds',
        [{ head: 'Build', kind: 'main' }, 'State', 'Reason', 'Target', 'When', 'Project'],
        items.map((one) => row(one, now)),
        { empty: 'No build is like that.' },
      );
      const body = html`${moreUnderWay('builds', underWay)}${list}${pager(PATH, filter, { isFirst: cursor === undefined, next })}`;
      return {
        ...{ title: 'Builds', section: 'builds', json: linkOf('/api/v1/builds', { ...filter, cursor }) },
        parts: [
          { name: 'filter', body: form(filter), still: true },
          { name: 'list', body },
        ],
      };
    },
  };
}

function form({ project, state, reason }: Pick<BuildFilter, 'project' | 'state' | 'reason'>) {
  const options = (names: readonly string[], chosen: string | undefined) =>
    ['', ...names].map(
      (one) => html`<option value="${one}"${one === (chosen ?? '') && html` selected`}>${one || 'any'}</option>`,
    );
  return html`<h1>Builds</h1><form method="get" action="${PATH}" class="filter" role="search" aria-label="Builds">
<label>Project <input name="project" value="${project}" autocomplete="off" spellcheck="false"></label>
<label>State <select name="state">${options(BUILD_STATES, state)}</select></label>
<label>Reason <select name="reason">${options(Object.keys(FAILURES), reason)}</select></label>
<button>Show</button></form>`;
}

function row(
  { key, project, version, target, state, reason, requestedAt, startedAt, endedAt }: BuildLine,
  now: number,
) {
  const since = startedAt ?? requestedAt;
  return [
    buildLink(key, `${project}${version === undefined ? '' : ` ${version}`}`),
    stateMark(state),
    reason && reasonLink(reason),
    target,
    endedAt ? ago(endedAt, now) : since && html`${startedAt ? 'for' : 'waiting for'} ${elapsed(since, now)}`,
    projectLink(project),
  ];
}
