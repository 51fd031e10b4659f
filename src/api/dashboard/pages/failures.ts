import { html } from '../../../core/html.ts';
import { type FailureReason, hintOf } from '../../../errors.ts';
import type { Figures } from '../../overview/overview.ts';
import type { PageMaker } from '../page.ts';
import { ago, count } from '../parts/amounts.ts';
import { linkOf } from '../parts/pager.ts';
import { table } from '../parts/table.ts';
import { buildLink, reasonLink, recipeLink } from './links.ts';

/** Why builds of the last day failed, the most frequent reason first, with what to do. */
export function failuresPage(figures: Figures): PageMaker {
  return {
    concerns: ({ kind }) => kind === 'builds',
    async make({ now, viewer }) {
      const groups = await figures.failures();
      const summary = table(
        'Failures by reason',
        [{ head: 'Reason', kind: 'main' }, { head: 'Builds', kind: 'number' }, 'Projects'],
        groups.map(({ reason, count: amount, projects }) => [
          html`<a href="#${reason}">${reason}</a>`,
          count(amount),
          `${projects.slice(0, 6).join(', ')}${projects.length > 6 ? ` and ${projects.length - 6} more` : ''}`,
        ]),
        { empty: 'No build has failed in the last day.' },
      );
      const sections = groups.map(
        ({
          reason,
          count: amount,
          builds,
        }) => html`<section id="${reason}"><h2>${reasonLink(reason)} <span class="badge">${amount}</span></h2>
<p class="hint">${hintOf({ reason: reason as FailureReason })}</p>
${table(
  `Builds that failed with ${reason}`,
  [{ head: 'Build', kind: 'main' }, 'Ended', ...(viewer.may('admin') ? ['To do'] : [])],
  builds.map((one) => [
    buildLink(one.key, one.project),
    ago(one.endedAt, now),
    ...(viewer.may('admin') ? [recipeLink(one.project, `Recipe of ${one.project}`)] : []),
  ]),
)}${amount > builds.length && html`<p><a href="${linkOf('/dashboard/builds', { reason })}">All of them</a></p>`}</section>`,
      );
      const body = html`<h1>Failures of the last day</h1>${summary}${sections}`;
      return { title: 'Failures', section: 'failures', json: '/api/v1/failures', parts: [{ name: 'failures', body }] };
    },
  };
}
