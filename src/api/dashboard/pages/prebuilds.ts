import { html } from '../../../core/html.ts';
import type { Api } from '../../context.ts';
import { listPrebuilds, type PrebuildLine } from '../../prebuilds/list.ts';
import type { PageMaker } from '../page.ts';
import { ago, duration, elapsed, plural } from '../parts/amounts.ts';
import { shares } from '../parts/bar.ts';
import { linkOf, pager } from '../parts/pager.ts';
import { stateMark } from '../parts/state.ts';
import { table } from '../parts/table.ts';
import { MOST_UNDER_WAY, moreUnderWay } from '../parts/under-way.ts';

const PAGE_SIZE = 50;
const PATH = '/dashboard/prebuilds';
const FILTERS = ['', 'working', 'ready', 'partial', 'failed', 'cancelled'];

/** The lists that were sent: those under way, then those that ended, newest first. */
export function prebuildsPage(api: Api): PageMaker {
  return {
    concerns: ({ kind }) => kind === 'prebuilds',
    async make({ query, viewer, now }) {
      const { state, cursor } = query;
      const asked = { state, cursor, limit: PAGE_SIZE, mostUnderWay: MOST_UNDER_WAY };
      const { items, next, underWay } = await listPrebuilds(api, asked, viewer.base);
      const filters = FILTERS.map(
        (one) =>
          html`<li><a href="${linkOf(PATH, { state: one })}"${one === (state ?? '') && html` aria-current="true"`}>${one === '' ? 'all' : one === 'working' ? 'under way' : one}</a></li>`,
      );
      const list = table(
        'Prebuilds',
        [{ head: 'List', kind: 'main' }, 'State', 'Items', 'Target', 'Sent', 'Took'],
        items.map((one) => row(one, now)),
        { empty: 'No list has come to this yet. Send one with: wheelmill prebuild -r requirements.txt' },
      );
      const body = html`<h1>Prebuilds</h1><nav class="filters" aria-label="Filter by state"><ul>${filters}</ul></nav>
${moreUnderWay('lists', underWay)}${list}${pager(PATH, { state }, { isFirst: cursor === undefined, next })}`;
      const json = linkOf('/api/v1/prebuilds', { state, cursor });
      return { title: 'Prebuilds', section: 'prebuilds', json, parts: [{ name: 'list', body }] };
    },
  };
}

function row(line: PrebuildLine, now: number) {
  const { id, state, attempt = 1, target, projects = [], requirements = 0, counts, requestedAt, endedAt } = line;
  const more = requirements - projects.length;
  const took = endedAt && requestedAt ? duration(Date.parse(endedAt) - Date.parse(requestedAt)) : undefined;
  return [
    html`<a href="${PATH}/${id}">${projects.join(', ') || id.slice(0, 10)}${more > 0 && ` and ${more} more`}</a>${attempt > 1 && html` <span class="quiet">attempt ${attempt}</span>`}`,
    stateMark(state),
    counts &&
      html`${shares('Items', [
        { kind: 'hit', amount: counts.hit },
        { kind: 'mirror', amount: counts.mirror },
        { kind: 'build', amount: counts.build },
        { kind: 'failed', amount: Math.max(0, counts.failed) },
      ])}<span class="quiet">${plural(counts.hit, 'hit')}, ${counts.mirror} to mirror, ${counts.build} to build${counts.failed > 0 && html`, <b class="bad">${counts.failed} failed</b>`}</span>`,
    target,
    requestedAt && ago(requestedAt, now),
    took ?? (requestedAt && !endedAt && elapsed(requestedAt, now)),
  ];
}
