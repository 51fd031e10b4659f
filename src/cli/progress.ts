import type { PrebuildView } from '../api/prebuilds/view.ts';
import { itemLine } from '../core/item-line.ts';

type Output = { write(text: string): unknown; isTTY?: boolean; columns?: number };

/**
 * One line a package: rewritten in place on a terminal, one plain line a change elsewhere. With `several`, of prebuilds for
 * several targets that are shown together, each is named by its target.
 */
export class Progress {
  readonly #output: Output;
  readonly #several: boolean;
  readonly #views = new Map<string, PrebuildView>();
  readonly #shown = new Map<string, string>();
  #drawn = 0;

  constructor(output: Output, { several = false }: { several?: boolean } = {}) {
    this.#output = output;
    this.#several = several;
  }

  line(text: string): void {
    this.#output.write(`${text}\n`);
  }

  show(view: PrebuildView): void {
    this.#views.set(view.id, view);
    if (this.#output.isTTY) this.#redraw();
    else this.#changes(view);
  }

  end(): void {
    this.#drawn = 0;
  }

  #redraw(): void {
    const width = (this.#output.columns ?? 80) - 1;
    const lines = [...this.#views.values()]
      .flatMap((view) => [
        `${this.#nameOf(view)}${heading(view)}`,
        // Its end says what to do.
        ...(view.waiting ? wrapped(`  waiting: ${view.waiting.message}`, width) : []),
        ...view.items.map(itemLine),
      ])
      .map((line) => line.slice(0, width));
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[J` : '';
    this.#output.write(up + lines.map((line) => `\u001b[2K${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #changes(view: PrebuildView): void {
    this.#change(view.id, `${this.#nameOf(view)}prebuild ${view.id}: ${view.state}`);
    // Once a reason: a worker that looks again and again has now this one, now that.
    if (view.waiting) {
      const { message } = view.waiting;
      this.#change(`${view.id} waiting ${message}`, `${this.#nameOf(view)}waiting: ${message}`);
    }
    for (const item of view.items) this.#change(`${view.id} ${item.project}`, `${this.#nameOf(view)}${itemLine(item)}`);
  }

  #change(what: string, text: string): void {
    if (this.#shown.get(what) !== text) this.line(text);
    this.#shown.set(what, text);
  }

  #nameOf({ target }: PrebuildView): string {
    return this.#several ? `${target}: ` : '';
  }
}

/** A text on lines of `width` characters, broken between words; those that go on are indented. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.trimEnd();
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const end = rest.slice(0, blank).trim() === '' ? width : blank;
    lines.push(rest.slice(0, end));
    const more = `    ${rest.slice(end).trimStart()}`;
    // A screen narrower than what lines begin with.
    if (more.length >= rest.length) return lines;
    rest = more;
  }
  return [...lines, rest];
}

/** Characters of a bar: narrow enough to stand beside its numbers on a screen of 80. */
const BAR = 24;

/** How far a whole prebuild has come, with a bar of what is stored (`#`) and failed (`x`). */
export function heading({ state, counts }: PrebuildView): string {
  const { stored, failed, total } = counts;
  if (total === 0) return state;
  const part = (count: number) => Math.floor((count / total) * BAR);
  const bar = `${'#'.repeat(part(stored))}${'x'.repeat(part(failed))}`.padEnd(BAR, '.');
  return `${state}  [${bar}]  ${stored}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
}
