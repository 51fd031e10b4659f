import { type Html, html } from '../../../core/html.ts';
import { knownBuildKey } from '../../builds/build-key.ts';
import { type BuildView, buildView } from '../../builds/view.ts';
import type { Api } from '../../context.ts';
import { suggestionOf } from '../../overview/suggestions.ts';
import { readLog, type ShownLog } from '../build-log.ts';
import type { PageMaker } from '../page.ts';
import { action, carefulAction } from '../parts/action.ts';
import { ago, bytes, duration, elapsed } from '../parts/amounts.ts';
import { stateMark } from '../parts/state.ts';
import type { Viewer } from '../viewer.ts';
import { provenance, timing } from './build-facts.ts';
import { projectLink, reasonLink, recipeLink } from './links.ts';
import { lineLink, logView } from './log-view.ts';

/** One build: what became of it and why, its log, its times, and what it was made of. */
export function buildPage(api: Api): PageMaker {
  return {
    concerns: ({ kind, id }, { params }) => kind === 'builds' && id === params.key,
    async make({ params, query, viewer, now, isUpdate }) {
      const key = knownBuildKey(params.key!);
      const view = await buildView(api, key, viewer.base);
      const isEnded = view.endedAt !== undefined;
      // While it runs the script has the log; at its end the first error is looked for.
      const log = isUpdate && !isEnded ? undefined : await readLog(api, key, askedOf(query));
      const suggestion = view.healed && (await suggestionOf(api.store, key));
      const checking = view.verification?.state;
      return {
        title: `Build of ${view.project} ${view.version}`,
        section: 'builds',
        json: `/api/v1/builds/${key}`,
        ended: isEnded && checking !== 'queued' && checking !== 'running',
        parts: [
          { name: 'head', body: head(view, viewer, now) },
          { name: 'failure', body: failure(view, log, viewer) },
          { name: 'suggestion', body: suggested(view, suggestion !== undefined, viewer) },
          ...(log ? [{ name: 'log', body: logView(key, log, query.find), still: true }] : []),
          { name: 'timing', body: timing(view) },
          { name: 'provenance', body: provenance(view) },
        ],
      };
    },
  };
}

const askedOf = ({ from, find }: Readonly<Record<string, string>>) => ({
  from: from === undefined ? undefined : Number(from),
  find,
});

function head(view: BuildView, viewer: Viewer, now: number): Html {
  const { key, project, version, target, state, startedAt, endedAt, requestedAt, wheel, download, unsandboxed } = view;
  const path = `/dashboard/builds/${key}`;
  const isEnded = endedAt !== undefined;
  return html`<h1>${projectLink(project)} ${version} ${stateMark(state)}${unsandboxed && html` ${stateMark('unsandboxed')}`}</h1>
<p>${endedAt ? html`Ended ${ago(endedAt, now)}${startedAt && html`, took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`}` : html`${startedAt ? 'Running' : 'Waiting'} for ${elapsed(startedAt ?? requestedAt ?? new Date(now).toISOString(), now)}`} · for ${target} · run ${view.run}${(view.attempts ?? 1) > 1 && `, taken up ${view.attempts} times`}</p>
${wheel && html`<p>${download ? html`<a href="${new URL(download).pathname}" download><code class="file">${wheel.filename}</code></a>` : html`<code class="file">${wheel.filename}</code>`} ${bytes(wheel.size)}${view.proof && html` ${stateMark(view.proof.state)}`}</p>`}
${
  viewer.may('prebuild') &&
  html`<div class="actions">${
    !isEnded
      ? carefulAction(`${path}/cancel`, {
          label: 'Cancel',
          about: 'Lists that wait for this build end without it.',
          fields: [],
          withReason: false,
        })
      : state === 'failed'
        ? action(`${path}/retry`, 'Try again', [], 'primary')
        : action(`${path}/verify`, 'Build it again and compare')
  }</div>`
}`;
}

function failure(view: BuildView, log: ShownLog | undefined, viewer: Viewer): Html {
  const { key, project, reason, message, hint, retry } = view;
  if (!reason) return html``;
  const at = log?.firstError;
  return html`<section class="problem"><h2>${reasonLink(reason)}</h2><p>${message}</p>
${hint && html`<p class="hint">${hint}</p>`}
<p>${retry ? 'Trying again can help.' : 'Trying again unchanged will most likely fail again.'}${viewer.may('admin') && html` ${recipeLink(project, `The recipe of ${project}`)}`}</p>
${at !== undefined && html`<p>The first error, in <a href="${lineLink(key, log!, at)}">line ${at + 1} of the log</a>:</p><pre tabindex="0" role="region" aria-label="The first error">${log?.excerpt}</pre>`}</section>`;
}

function suggested({ key, healed, project }: BuildView, isOpen: boolean, viewer: Viewer): Html {
  if (!healed) return html``;
  return html`<section class="suggestion"><h2>Found by self-healing</h2>
<ul>${healed.rounds.map(({ missing, packages }) => html`<li>The ${missing.kind} <code>${missing.name}</code> is in ${packages.map((one) => html`<code>${one}</code> `)}</li>`)}</ul>
${
  isOpen
    ? html`<p>As long as nobody accepts that, its wheel is for those alone whose list asked for it.</p>${viewer.may('admin') && action(`/dashboard/builds/${key}/recipe`, 'Accept as the recipe', [], 'primary')}`
    : html`<p>That is in the recipe of ${projectLink(project)} now.</p>`
}</section>`;
}
