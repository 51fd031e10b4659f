import { type Html, html } from '../../../core/html.ts';
import type { Need } from '../../overview/needs-person.ts';
import { type Figures, MOST_PREBUILDS, type Overview } from '../../overview/overview.ts';
import type { Page, PageMaker } from '../page.ts';
import { action } from '../parts/action.ts';
import { ago, bytes, count, duration, elapsed, plural } from '../parts/amounts.ts';
import { buildsChart } from '../parts/chart.ts';
import { stateMark } from '../parts/state.ts';
import { table } from '../parts/table.ts';
import type { Viewer } from '../viewer.ts';
import { buildLink, reasonLink, recipeLink } from './links.ts';

/** How the mill stands, in five seconds: one word, six numbers, what needs a person; and what they are made of. */
export function overviewPage(figures: Figures): PageMaker {
  return {
    concerns: ({ kind }) => kind !== 'projects',
    async make({ viewer, now }): Promise<Page> {
      const overview = await figures.overview();
      const part = (name: string, body: Html) => ({ name, body });
      return {
        title: 'Overview',
        section: 'overview',
        json: '/api/v1/overview',
        parts: [
          part('state', verdict(overview)),
          part('figures', cards(overview)),
          part('needs', needs(overview, viewer)),
          part('running', running(overview, now)),
          part('hour', buildsChart('hour', overview.hour, { title: 'Builds in the last hour', step: '5 minutes' })),
          part('day', buildsChart('day', overview.day, { title: 'Builds in the last day', step: 'an hour' })),
          part('failures', failures(overview, now)),
          part('lists', lists(overview)),
          part('workers', workers(overview, now)),
          part('parts', services(overview)),
        ],
      };
    },
  };
}

const VERDICTS = {
  ok: 'Everything is well.',
  attention: 'It works, and something needs a person.',
  down: 'Something does not work.',
} as const;

function verdict({ state, needs: all }: Overview): Html {
  const urgent = all.filter((one) => one.urgent).map((one) => one.message);
  return html`<h1 class="hidden">Overview</h1>
<p class="verdict ${state}" role="status">${stateMark(state)} <strong>${VERDICTS[state]}</strong> ${urgent.slice(0, 2).join(' ')}</p>`;
}

function cards({ queue, running: now, hour, day, stored }: Overview): Html {
  const share = day.hitRate === undefined ? '–' : `${Math.round(day.hitRate * 100)} %`;
  const all = day.items.hit + day.items.mirror + day.items.build;
  return html`<h2 class="hidden">Figures</h2><ul class="cards">
${card('Builds waiting', queue.state === 'away' ? '?' : count(queue.waiting), `${now.length} running`)}
${card('Built in the last hour', count(hour.builds.stored), `${count(hour.builds.failed)} failed`, hour.builds.failed > 0)}
${card('Built in the last day', count(day.builds.stored), `${count(day.builds.failed)} failed`, day.builds.failed > 0)}
${card('Hit rate, last day', share, `${count(day.items.hit)} of ${count(all)} items of lists were stored before`)}
${card('Compiling saved', duration(day.savedSeconds * 1000), `in the last day; ${duration(day.builds.seconds * 1000)} were spent`)}
${card('Stored', stored ? bytes(stored.bytes) : '…', stored ? `${plural(stored.wheels, 'wheel')} of ${plural(stored.projects, 'project')}` : 'being counted')}
</ul>`;
}

const card = (name: string, value: string, about: string, isBad = false): Html =>
  html`<li class="card"><h3>${name}</h3><p class="value">${value}</p><p class="about${isBad && ' bad'}">${about}</p></li>\n`;

function needs({ needs: all }: Overview, viewer: Viewer): Html {
  if (all.length === 0) return html`<section><h2>Needs a person</h2><p class="empty">Nothing does.</p></section>`;
  return html`<section><h2>Needs a person <span class="badge">${all.length}</span></h2>
<ul class="needs">${all.map((one) => html`<li class="${one.urgent ? 'urgent' : one.kind}">${need(one, viewer)}</li>\n`)}</ul></section>`;
}

function need({ kind, message, hint, build, project }: Need, viewer: Viewer): Html {
  const text =
    kind === 'build' && build ? html`<a href="/dashboard/builds/${build}">${message}</a>` : html`<b>${message}</b>`;
  const accept =
    kind === 'recipe' &&
    build !== undefined &&
    viewer.may('admin') &&
    action(`/dashboard/builds/${build}/recipe`, 'Accept', [['back', 'overview']]);
  const look =
    project === undefined || (kind === 'build' && !viewer.may('admin'))
      ? undefined
      : kind === 'recipe'
        ? html` <a href="/dashboard/projects/${project}">Look at ${project}</a>`
        : html` ${recipeLink(project, `Recipe of ${project}`)}`;
  return html`<div>${text}${hint && html`<p class="hint">${hint}</p>`}</div><div class="do">${accept}${look}</div>`;
}

function running({ running: all }: Overview, now: number): Html {
  return html`<section><h2>Running builds</h2>${table(
    'Running builds',
    [{ head: 'Build', kind: 'main' }, 'State', 'Running for', 'Target', 'Worker'],
    all.map(({ key, project, version, state, startedAt, target, worker, attempt = 1 }) => [
      buildLink(key, `${project} ${version}`),
      html`${stateMark(state)}${attempt > 1 && ` attempt ${attempt}`}`,
      startedAt && elapsed(startedAt, now),
      target,
      worker,
    ]),
    { empty: 'No build is running.' },
  )}</section>`;
}

function failures({ failures: all, day }: Overview, now: number): Html {
  return html`<section><h2>Latest failures</h2>${table(
    'Latest failures',
    [{ head: 'Build', kind: 'main' }, 'Reason', 'Ended'],
    all.map(({ key, project, reason, endedAt }) => [buildLink(key, project), reasonLink(reason), ago(endedAt, now)]),
    { empty: 'No build has failed in the last day.' },
  )}${day.builds.failed > 0 && html`<p><a href="/dashboard/failures">All failures of the day, by reason</a></p>`}</section>`;
}

function lists({ day, hour, prebuilds }: Overview): Html {
  const row = (name: string, of: Overview['day']) => [
    ...[name, of.prebuilds.ready, of.prebuilds.partial, of.prebuilds.failed, of.prebuilds.cancelled],
    ...[of.items.hit, of.items.mirror, of.items.build, of.items.failed],
  ];
  const number = (head: string) => ({ head, kind: 'number' as const });
  return html`<section><h2>Lists</h2>${table(
    'Prebuilds that ended, and what their items were',
    [
      { head: 'In the last', kind: 'main' },
      ...['Ready', 'Partial', 'Failed', 'Cancelled', 'Hits', 'To mirror', 'To build', 'Items failed'].map(number),
    ],
    [row('hour', hour), row('day', day)],
  )}<p><a href="/dashboard/prebuilds">${prebuilds.length}${prebuilds.length === MOST_PREBUILDS && ' or more'} under way</a></p></section>`;
}

function workers({ workers: all }: Overview, now: number): Html {
  return html`<section><h2>Workers</h2>${table(
    'Workers',
    [
      { head: 'Worker', kind: 'main' },
      'State',
      'Engine',
      { head: 'Builds at once', kind: 'number' },
      'Targets',
      'Heard of',
    ],
    all.map(({ name, live, builder, engine, slots, targets, heardAt }) => [
      name,
      html`${stateMark(live ? 'live' : 'lost')}${builder === 'process' && html` ${stateMark('unsandboxed')}`}`,
      engine && html`${engine.version}, ${engine.platform}, ${engine.cpus} processors, ${bytes(engine.memory)}`,
      slots,
      html`<ul class="plain">${targets.map((one) => html`<li>${one.name} ${stateMark(one.state)}${one.message && html`<p class="hint">${one.message}</p>`}</li>`)}</ul>`,
      ago(heardAt, now),
    ]),
    { empty: 'No worker is running: nothing is built. Start one with wheelmill worker.' },
  )}</section>`;
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ file: 'a folder', s3: 'S3', redis: 'Redis', embedded: 'embedded' },
};

function services({ store, queue, upstream, stored }: Overview): Html {
  const row = (name: string, { state, kind, message }: Overview['store']) => [
    ...[name, kind && (KINDS[kind] ?? kind), stateMark(state), message ?? ''],
  ];
  const lanes = queue.lanes.filter((one) => one.waiting + one.running + one.delayed > 0);
  return html`<section><h2>What it stands on</h2>${table(
    'Services',
    [{ head: 'Part', kind: 'main' }, 'Kind', 'State', 'What it says'],
    [row('Upstream index', upstream), row('Object store', store), row('Queue', queue)],
  )}
<h3>Queue</h3>${table(
    'Lanes of the queue',
    [
      { head: 'Lane', kind: 'main' },
      ...['Waiting', 'Running', 'Delayed'].map((head) => ({ head, kind: 'number' as const })),
    ],
    lanes.map((one) => [one.lane, one.waiting, one.running, one.delayed]),
    { empty: 'Nothing waits and nothing runs.' },
  )}
<h3>Store</h3>${
    stored
      ? table(
          'What is stored',
          [
            { head: 'What', kind: 'main' },
            { head: 'Size', kind: 'number' },
          ],
          [
            ['Wheels', bytes(stored.wheelBytes)],
            ['Sdists', bytes(stored.sdistBytes)],
            ['Logs and records of builds', bytes(stored.logBytes)],
            ['Files of upstream, read through', bytes(stored.cacheBytes)],
          ],
        )
      : html`<p class="empty">Being counted.</p>`
  }</section>`;
}
