import { ERROR_PATTERN, isErrorLine } from '../../../core/first-error.ts';
import { type Html, html } from '../../../core/html.ts';
import type { ShownLog } from '../build-log.ts';
import { count } from '../parts/amounts.ts';
import { linkOf } from '../parts/pager.ts';

/** Where a line of a log is: on the page as it is, or on one with another part of the log. */
export function lineLink(key: string, { from, lines }: Pick<ShownLog, 'from' | 'lines'>, at: number): string {
  const isShown = at >= from && at < from + lines.length;
  return `${isShown ? '' : linkOf(`/dashboard/builds/${key}`, { from: String(at) })}#L${at + 1}`;
}

/**
 * The log of a build, with search and a way to its first error. With scripts off the server searches; with scripts on the
 * lines come by themselves while the build runs.
 */
export function logView(key: string, log: ShownLog, find: string | undefined): Html {
  const path = `/dashboard/builds/${key}`;
  const { lines, from, total, isLive } = log;
  const isWhole = from === 0 && lines.length === total;
  const to = (at: number) => lineLink(key, log, at);
  return html`<section class="log" data-log="/api/v1/builds/${key}/log" data-errors="${ERROR_PATTERN}"${isLive && html` data-live`}${isWhole && html` data-whole`}>
<h2>Log</h2>
<div class="tools">
<form method="get" action="${path}" role="search" aria-label="The log"><label>Find <input type="search" name="find" value="${find}" autocomplete="off" spellcheck="false"></label> <button>Find</button> <button type="button" data-find="-1" hidden>Previous</button> <button type="button" data-find="1" hidden>Next</button> <output aria-live="polite">${find && `${log.foundTotal} lines`}</output></form>
<a class="jump" href="${log.firstError === undefined ? '#log' : to(log.firstError)}"${log.firstError === undefined && html` hidden`}>Jump to the first error</a>
<label class="follow" hidden><input type="checkbox" data-follow${isLive && html` checked`}> Follow</label>
<a href="/api/v1/builds/${key}/log">Whole log</a>
</div>
${find && log.found.length > 0 && html`<ol class="found">${log.found.map(({ at, line }) => html`<li value="${at + 1}"><a href="${to(at)}"><code>${marked(line, find)}</code></a></li>\n`)}</ol>`}
${!isWhole && total > 0 && html`<p class="quiet">Lines ${count(from + 1)} to ${count(from + lines.length)} of ${count(total)}. ${from > 0 && html`<a href="${linkOf(path, { from: '0' })}#log">From the beginning</a>`}</p>`}
<pre id="log" tabindex="0" role="region" aria-label="Log">${lines.map((line, at) => lineView(line, from + at, find))}</pre>
</section>`;
}

/** The script makes lines of the same form. */
function lineView(line: string, at: number, find: string | undefined): Html {
  return html`<span id="L${at + 1}" class="line${isErrorLine(line) && ' error'}">${find ? marked(line, find) : line}\n</span>`;
}

function marked(line: string, find: string): Html {
  const at = line.toLowerCase().indexOf(find.toLowerCase());
  if (at < 0) return html`${line}`;
  const end = at + find.length;
  return html`${line.slice(0, at)}<mark>${line.slice(at, end)}</mark>${line.slice(end)}`;
}
