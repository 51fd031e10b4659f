import { type Html, html } from '../../../core/html.ts';

/** How far each state of an item is on its way, in percent: of what is still to come nobody knows how long it takes. */
const FAR: Readonly<Record<string, number>> = {
  ...{ queued: 4, fetching: 20, building: 55, checking: 85, stored: 100, failed: 100 },
};

/** One item's way to its wheel. */
export function itemBar(state: string, label: string): Html {
  return html`<svg class="bar ${state}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label}: ${state}"><rect class="ground" width="100" height="8"/><rect class="far" width="${FAR[state] ?? 0}" height="8"/></svg>`;
}

/** Shares of a whole, beside each other. */
export function shares(label: string, parts: readonly { kind: string; amount: number }[]): Html {
  const total = Math.max(
    1,
    parts.reduce((sum, one) => sum + one.amount, 0),
  );
  let x = 0;
  const rects = parts.map(({ kind, amount }) => {
    const width = Math.round((amount / total) * 1000) / 10;
    x += width;
    return (
      width > 0 && html`<rect class="${kind}" x="${Math.round((x - width) * 10) / 10}" width="${width}" height="8"/>`
    );
  });
  const words = parts.filter((one) => one.amount > 0).map((one) => `${one.amount} ${one.kind}`);
  return html`<svg class="bar shares" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${label}: ${words.join(', ') || 'nothing'}"><rect class="ground" width="100" height="8"/>${rects}</svg>`;
}
