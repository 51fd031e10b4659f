const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it can stand in HTML, in an element and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** HTML that was made by the template tag: the only thing it does not escape. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: nothing is shown of `undefined` and `false`, so that a condition can be written as `is && …`. */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

/**
 * The template tag of all pages. Every value is escaped unless it is HTML of this tag itself; lists are joined. Values stand in
 * elements and in quoted attributes, and nowhere else.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((text, part, at) => text + shown(values[at - 1]) + part));
}

function shown(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(shown).join('') : escapeHtml(String(value));
}
