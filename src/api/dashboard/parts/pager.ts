import { type Html, html } from '../../../core/html.ts';

/** Links of a list: to its first page, and to the next. `query` are the filters, which stay. */
export function pager(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  { isFirst, next }: { isFirst: boolean; next: string | undefined },
): Html | undefined {
  if (isFirst && next === undefined) return undefined;
  return html`<nav class="pager" aria-label="Pages">
${!isFirst && html`<a href="${linkOf(path, query)}">Newest</a>`}
${next !== undefined && html`<a rel="next" href="${linkOf(path, { ...query, cursor: next })}">Next page</a>`}
</nav>`;
}

/** A path with those of the values that there are. */
export function linkOf(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
