import { type Html, type HtmlValue, html } from '../../../core/html.ts';

export type Column = string | { head: string; kind: 'number' | 'main' };

const headOf = (column: Column): string => (typeof column === 'string' ? column : column.head);
const kindOf = (column: Column): string => (typeof column === 'string' ? '' : column.kind);

/** A table that becomes a list of cards on a phone: there each cell says its column. The first `main` column names the row. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly HtmlValue[])[],
  { empty = 'Nothing.', hideCaption = true }: { empty?: string; hideCaption?: boolean } = {},
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const heads = columns.map((one) => html`<th scope="col" class="${kindOf(one)}">${headOf(one)}</th>`);
  return html`<table>
<caption${hideCaption ? html` class="hidden"` : ''}>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, at) => cellOf(columns[at]!, cell))}</tr>\n`)}</tbody>
</table>`;
}

function cellOf(column: Column, cell: HtmlValue): Html {
  const kind = kindOf(column);
  if (kind === 'main') return html`<th scope="row" class="main">${cell}</th>`;
  return html`<td class="${kind}" data-label="${headOf(column)}">${cell}</td>`;
}

/** Names and what they stand for; those without a value are left out. */
export function facts(rows: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  const shown = rows.filter(([, value]) => value !== undefined && value !== false && value !== '');
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}
