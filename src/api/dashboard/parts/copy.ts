import { type Html, html } from '../../../core/html.ts';

/** Lines to take along. The button is the script's: without it they are selected by hand. */
export function copyBlock(name: string, title: string, text: string): Html {
  return html`<figure class="copy">
<figcaption id="${name}-title">${title} <button type="button" data-copy="${name}" aria-describedby="${name}-title" hidden>Copy</button></figcaption>
<pre id="${name}" tabindex="0" role="region" aria-labelledby="${name}-title">${text}</pre>
</figure>`;
}
