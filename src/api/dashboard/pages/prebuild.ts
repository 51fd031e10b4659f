import { type Html, html } from '../../../core/html.ts';
import { listAttempts, readPrebuildRequest } from '../../../storage/prebuild-records.ts';
import { readPrebuildStatus } from '../../../storage/prebuild-status.ts';
import type { Api } from '../../context.ts';
import { attemptOf, knownId, unknownPrebuild } from '../../prebuilds/known-id.ts';
import { ENDED_STATES, type PrebuildView, prebuildView } from '../../prebuilds/view.ts';
import { withWaiting } from '../../prebuilds/waiting.ts';
import type { PageMaker } from '../page.ts';
import { action, carefulAction } from '../parts/action.ts';
import { ago, duration, elapsed, moment, plural } from '../parts/amounts.ts';
import { itemBar, shares } from '../parts/bar.ts';
import { linkOf } from '../parts/pager.ts';
import { stateMark } from '../parts/state.ts';
import { facts, table } from '../parts/table.ts';
import type { Viewer } from '../viewer.ts';
import { buildLink, projectLink, reasonLink } from './links.ts';
import { linesToTake } from './prebuild-lines.ts';

/** One list: how far each of its items is, and the lines that install it. */
export function prebuildPage(api: Api): PageMaker {
  return {
    concerns: () => true,
    async make({ params, query, viewer, now }) {
      const id = knownId(params.id!);
      const attempt = await attemptOf(api, id, query.attempt === undefined ? undefined : Number(query.attempt));
      const attempts = await listAttempts(api.store, id);
      const status = await readPrebuildStatus(api.store, id, attempt);
      if (!status) throw unknownPrebuild(id);
      const view = prebuildView(await withWaiting(api.store, status), viewer.base);
      const ended = view.endedAt !== undefined;
      const name = await nameOf(api, view);
      const isNewest = attempt === attempts.at(-1);
      const take = ended && view.counts.stored > 0 ? await linesToTake(api, view, viewer) : html``;
      const lines = { name: 'lines', body: take };
      const rows = { name: 'items', body: items(view) };
      return {
        title: `Prebuild of ${name}`,
        section: 'prebuilds',
        json: linkOf(`/api/v1/prebuilds/${id}`, { attempt: query.attempt }),
        ended,
        parts: [
          { name: 'head', body: head(view, { name, now, viewer, isNewest, attempts }) },
          { name: 'outcome', body: outcome(view) },
          // Who comes to a list that is ready wants its lines; to any other, what it lacks.
          ...(view.state === 'ready' ? [lines, rows] : [rows, lines]),
          { name: 'details', body: details(view) },
        ],
      };
    },
  };
}

/** Names in a heading; they tell a person which list it is. */
const NAMES = 3;

/** What the list itself names, which is known before anything is planned. */
async function nameOf({ store }: Api, { id, attempt }: PrebuildView): Promise<string> {
  const request = await readPrebuildRequest(store, id, attempt);
  const own = [...new Set(request?.requirements.map((one) => one.name))];
  const shown = own.slice(0, NAMES).join(', ');
  return shown === '' ? id.slice(0, 10) : `${shown}${own.length > NAMES ? ` and ${own.length - NAMES} more` : ''}`;
}

type Around = { name: string; now: number; viewer: Viewer; isNewest: boolean; attempts: readonly number[] };

function head(view: PrebuildView, { name, now, viewer, isNewest, attempts }: Around): Html {
  const { id, state, target, requestedAt, endedAt, counts, attempt } = view;
  const path = `/dashboard/prebuilds/${id}`;
  const { stored, failed, total } = counts;
  const others = attempts.filter((one) => one !== attempt);
  return html`<h1>${name} ${stateMark(state)}</h1>
<p>${endedAt ? html`Ended ${ago(endedAt, now)}, took ${duration(Date.parse(endedAt) - Date.parse(requestedAt))}` : html`Under way for ${elapsed(requestedAt, now)}`} · for ${target} · ${stored} of ${total} items are there${failed > 0 && html`, <b class="bad">${failed} failed</b>`}</p>
${shares('Items', [
  { kind: 'stored', amount: stored },
  { kind: 'failed', amount: failed },
  { kind: 'open', amount: total - stored - failed },
])}
${others.length > 0 && html`<p class="quiet">Attempt ${attempt}. Others: ${others.map((one) => html`<a href="${linkOf(path, { attempt: String(one) })}">${one}</a> `)}</p>`}
${
  viewer.may('prebuild') &&
  isNewest &&
  html`<div class="actions">${
    endedAt
      ? state !== 'ready' && action(`${path}/retry`, 'Try again', [], 'primary')
      : carefulAction(`${path}/cancel`, {
          label: 'Cancel',
          about: 'What is under way for this list alone is stopped. What is stored stays.',
          fields: [],
          withReason: false,
        })
  }</div>`
}`;
}

function outcome({ state, failure, waiting, warnings, proof, apt = [], slimReady }: PrebuildView): Html {
  const proofs = proof && (proof.state === 'failed' || proof.state === 'not-done');
  return html`${waiting && html`<p class="problem"><b>Nobody works on it.</b> ${waiting.message}</p>`}
${failure && html`<div class="problem"><p><b>${reasonLink(failure.reason)}</b>: ${failure.message}</p>${failure.logTail && html`<pre tabindex="0" role="region" aria-label="End of the log">${failure.logTail}</pre>`}</div>`}
${proofs && html`<p class="problem">The proof in the runtime image: ${proof.message ?? proof.state}</p>`}
${ENDED_STATES.has(state) && slimReady === true && html`<p class="good">All of it loads in the runtime image as that is: no apt-get needed.</p>`}
${apt.length > 0 && html`<p>The runtime image needs: ${apt.map((one) => html`<code>${one}</code> `)}</p>`}
${warnings.length > 0 && html`<details><summary>${warnings.length} remarks about the list</summary><ul>${warnings.map((one) => html`<li>${one.line !== undefined && `Line ${one.line}: `}${one.message}</li>`)}</ul></details>`}`;
}

function items({ items: all, state }: PrebuildView): Html {
  const order = (one: (typeof all)[number]) => (one.state === 'failed' ? 0 : one.state === 'stored' ? 2 : 1);
  const rows = [...all].sort((one, other) => order(one) - order(other) || one.project.localeCompare(other.project));
  return html`<section><h2>Items</h2>${table(
    'Items of the list',
    [{ head: 'Project', kind: 'main' }, 'Progress', 'State', 'How', 'What'],
    rows.map((one) => {
      const name = `${one.project}${one.version === undefined ? '' : ` ${one.version}`}`;
      return [
        one.build ? buildLink(one.build, name) : one.state === 'stored' ? projectLink(one.project) : name,
        itemBar(one.state, name),
        stateMark(one.state),
        one.kind,
        what(one),
      ];
    }),
    { empty: state === 'planning' ? 'It is being planned.' : 'It has none.' },
  )}</section>`;
}

function what({ state, reason, message, hint, wheel, needs = [], healed, saved }: PrebuildView['items'][number]): Html {
  if (state === 'failed')
    return html`${reason && reasonLink(reason)} ${message}${hint && html`<p class="hint">${hint}</p>`}`;
  const packages = needs.map((one) => one.package ?? one.soname);
  return html`${wheel && html`<code class="file">${wheel.filename}</code>`}${packages.length > 0 && html`<p class="hint">needs ${packages.join(', ')}</p>`}${healed && html`<p class="hint">found by self-healing: ${healed.join(', ')}</p>`}${saved !== undefined && html`<p class="hint">saved ${duration(saved)} of building</p>`}`;
}

function details({ id, skipped, phases, pinned, requestedAt, plannedAt, proof }: PrebuildView): Html {
  return html`<section><h2>Details</h2>${facts([
    ['Id', html`<code>${id}</code>`],
    ['Sent', moment(requestedAt)],
    ['Planned', plannedAt && moment(plannedAt)],
    ['Pinned', pinned ? 'yes: it follows from the list alone' : 'no: versions were chosen when it was planned'],
    [
      'Phases',
      phases &&
        Object.entries(phases)
          .map(([name, took]) => `${name} ${duration(took)}`)
          .join(', '),
    ],
    [
      'Proof',
      proof &&
        `${proof.state}${proof.wheels === undefined ? '' : `: ${plural(proof.wheels, 'wheel')} installed, ${plural(proof.modules ?? 0, 'module')} imported`}`,
    ],
    [
      'Set aside',
      skipped.length > 0 &&
        html`<ul class="plain">${skipped.map((one) => html`<li>Line ${one.line}: <code>${one.text}</code></li>`)}</ul>`,
    ],
  ])}</section>`;
}
