import { type Html, html } from '../../../core/html.ts';
import type { BuildView } from '../../builds/view.ts';
import { bytes, duration, moment } from '../parts/amounts.ts';
import { shares } from '../parts/bar.ts';
import { stateMark } from '../parts/state.ts';
import { facts, table } from '../parts/table.ts';
import { buildLink, shortId } from './links.ts';

/** How long each phase took. */
export function timing({ phases = {}, requestedAt, startedAt }: BuildView): Html {
  const names = Object.entries(phases);
  if (names.length === 0) return html``;
  const waited = requestedAt && startedAt ? Date.parse(startedAt) - Date.parse(requestedAt) : 0;
  const rows: [string, number][] = [...(waited > 0 ? [['waiting', waited] as [string, number]] : []), ...names];
  const total = rows.reduce((sum, [, took]) => sum + took, 0);
  return html`<section><h2>Time</h2>${shares(
    'Time by phase',
    rows.map(([kind, amount]) => ({ kind, amount: Math.round(amount) })),
  )}${table(
    'Time by phase',
    [
      { head: 'Phase', kind: 'main' },
      { head: 'Took', kind: 'number' },
      { head: 'Share', kind: 'number' },
    ],
    rows.map(([name, took]) => [name, duration(took), `${Math.round((took / Math.max(1, total)) * 100)} %`]),
  )}</section>`;
}

/** What the wheel was made of and with, so that somebody else could make it again. */
export function provenance(view: BuildView): Html {
  const { key, sdist, image, recipe, frontEnd, buildRequirements = [], needs, bundled = [], takenFrom, proof } = view;
  const { verification, startedAt, endedAt, wheel, visibility, limits } = view;
  const list = (values: readonly string[]) =>
    values.length > 0 && html`<ul class="plain">${values.map((one) => html`<li>${one}</li>`)}</ul>`;
  return html`<section><h2>Provenance</h2>${facts([
    ['Build key', html`<code>${key}</code>`],
    ['Sdist', sdist && html`${sdist.filename}<br><code>sha256:${sdist.sha256}</code>`],
    ['Wheel', wheel && html`<code>sha256:${wheel.sha256}</code>`],
    ['Image', image && html`<code>${image}</code>`],
    ['Recipe', recipe && Object.keys(recipe).length > 0 ? html`<code>${JSON.stringify(recipe)}</code>` : 'none'],
    ['Front end', frontEnd],
    ['Shown to', visibility && (visibility === 'public' ? 'everybody' : 'the lists that asked for it')],
    ['Taken from', takenFrom && html`the build ${buildLink(takenFrom, shortId(takenFrom))} for another target`],
    ['Started', startedAt && moment(startedAt)],
    ['Ended', endedAt && moment(endedAt)],
    [
      'Needs in the runtime image',
      needs && (list(needs.map((one) => `${one.soname}${one.package ? ` (${one.package})` : ''}`)) || 'nothing'),
    ],
    [
      'Put into the wheel',
      list(
        bundled.map(
          (one) =>
            `${one.soname}${one.package ? ` of ${one.package} ${one.version ?? ''}` : ''}${one.licenses ? `, ${one.licenses.join(', ')}` : ''}`,
        ),
      ),
    ],
    ['Proof', proof && html`${stateMark(proof.state)} ${proof.message}`],
    ['Verification', verification && html`${stateMark(verification.state)} ${verification.message}`],
    ['Limits', limits && `${bytes(limits.memory)} memory, ${bytes(limits.disk)} disk, ${duration(limits.wallTime)}`],
  ])}
${
  buildRequirements.length > 0 &&
  html`<details><summary>${buildRequirements.length} files were in its build environment</summary>${table(
    'Files of the build environment',
    [{ head: 'Name', kind: 'main' }, 'Version', 'SHA-256'],
    buildRequirements.map((one) => [
      html`${one.name}${one.crate && ' (crate)'}`,
      one.version,
      one.sha256 && html`<code class="file">${one.sha256}</code>`,
    ]),
  )}</details>`
}</section>`;
}
