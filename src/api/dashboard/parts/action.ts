import { type Html, html } from '../../../core/html.ts';

type Field = readonly [name: string, value: string];

/** A button that does something: a form of its own, so that it works with scripts off. */
export function action(path: string, label: string, fields: readonly Field[] = [], tone = ''): Html {
  return html`<form method="post" action="${path}" class="action">${fields.map(hidden)}<button class="${tone}">${label}</button></form>`;
}

/** The same for what wants a word of why, or a second thought: it has to be opened first. */
export function carefulAction(
  path: string,
  {
    label,
    about,
    fields,
    withReason = true,
  }: { label: string; about: string; fields: readonly Field[]; withReason?: boolean },
): Html {
  return html`<details class="careful"><summary>${label}…</summary>
<form method="post" action="${path}"><p>${about}</p>${fields.map(hidden)}
${withReason && html`<label>Why, in one line <input name="reason" maxlength="500" autocomplete="off"></label>`}
<button class="danger">${label}</button></form></details>`;
}

const hidden = ([name, value]: Field): Html => html`<input type="hidden" name="${name}" value="${value}">`;
