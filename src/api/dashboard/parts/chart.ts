import { type Html, html } from '../../../core/html.ts';
import type { Span } from '../../overview/span.ts';
import { table } from './table.ts';

/** In units of the drawing, which is scaled to its place. */
const WIDTH = 600;
const HEIGHT = 120;
const GAP = 3;

/** Stored and failed builds as stacked bars, and the same as a table. Drawn here: it is there with scripts off. */
export function buildsChart(name: string, span: Span, words: { title: string; step: string }): Html {
  const { steps } = span;
  const most = Math.max(1, ...steps.map((one) => one.stored + one.failed));
  const width = WIDTH / steps.length;
  const scale = (HEIGHT - 8) / most;
  const bars = steps.map(({ from, stored, failed }, at) => {
    const [good, bad] = [stored * scale, failed * scale];
    const base = HEIGHT;
    const bar = (kind: string, y: number, height: number) =>
      height > 0 &&
      html`<rect class="${kind}" x="${round(at * width + GAP / 2)}" y="${round(y)}" width="${round(width - GAP)}" height="${round(height)}"/>`;
    return html`<g><title>${clock(from)}: ${stored} stored, ${failed} failed</title>
<rect class="ground" x="${round(at * width)}" y="0" width="${round(width)}" height="${base}"/>${bar('good', base - good, good)}${bar('bad', base - good - bad, bad)}</g>`;
  });
  const ticks = steps.flatMap(({ from }, at) =>
    at % (steps.length / 4) === 0 ? [html`<span>${clock(from)}</span>`] : [],
  );
  const { stored, failed } = span.builds;
  return html`<figure class="chart">
<figcaption><b>${words.title}</b> <span><i class="key good"></i> ${stored} stored</span> <span><i class="key bad"></i> ${failed} failed</span> <span class="quiet">most in ${words.step}: ${most === 1 && stored + failed === 0 ? 0 : most}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words.title}: ${stored} stored, ${failed} failed" preserveAspectRatio="none">${bars}<line class="axis" x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}"/></svg>
<p class="ticks" aria-hidden="true">${ticks}<span>now</span></p>
<details id="${name}-table"><summary>As a table</summary>${table(
    words.title,
    [
      { head: 'From (UTC)', kind: 'main' },
      { head: 'Stored', kind: 'number' },
      { head: 'Failed', kind: 'number' },
    ],
    steps.map((one) => [clock(one.from), one.stored, one.failed]),
  )}</details>
</figure>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const clock = (iso: string): string => iso.slice(11, 16);
