import { html } from '../../../core/html.ts';
import type { Api } from '../../context.ts';
import { type TargetView, targetViews } from '../../targets.ts';
import type { PageMaker } from '../page.ts';
import { ago } from '../parts/amounts.ts';
import { stateMark } from '../parts/state.ts';
import { facts } from '../parts/table.ts';

/** The pairs of images that wheels are built and proven for, and who serves them. */
export function targetsPage(api: Api): PageMaker {
  return {
    async make({ now }) {
      const targets = await targetViews(api);
      const body = html`<h1>Targets</h1>${targets.map((one) => section(one, now))}`;
      return { title: 'Targets', section: 'targets', json: '/api/v1/targets', parts: [{ name: 'targets', body }] };
    },
  };
}

function section(target: TargetView, now: number) {
  const { name, build, runtime, served, workers, problems, python, libc, distribution, platform, probedAt } = target;
  return html`<section><h2>${name} ${stateMark(served ? 'serving' : 'not served')}</h2>
${facts([
  ['Build image', html`<code>${build.reference}</code>`],
  ['Runtime image', html`<code>${runtime.reference}</code>`],
  ['Python', python && `${python.implementation} ${python.version}`],
  ['Platform', platform],
  ['C library', libc && `${libc.name} ${libc.version}`],
  ['Debian', distribution && `${distribution.version} (${distribution.codename})`],
  ['pip', target.pipVersion],
  ['Identity', build.identity && html`<code>${build.identity}</code>`],
  ['Procedure', target.procedure && html`<code>${target.procedure}</code>`],
  ['Looked into', probedAt ? ago(probedAt, now) : 'not yet: no worker has had its images'],
  [
    'Workers',
    workers.length > 0 &&
      html`<ul class="plain">${workers.map((one) => html`<li>${one.name} ${stateMark(one.state)}</li>`)}</ul>`,
  ],
])}
${problems.map((one) => html`<p class="problem"><b>${one.worker}</b>: ${one.message} <span class="quiet">since ${ago(one.since, now)}</span></p>`)}</section>`;
}
