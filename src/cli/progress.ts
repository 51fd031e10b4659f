import type { PrebuildView } from '../api/prebuilds/view.ts';
import { itemLine } from '../core/item-line.ts';

type Output = { write(text: string): unknown; isTTY?: boolean; columns?: number; rows?: number };

/**
 * One line a package: rewritten in place on a terminal, as many as its screen has, and one plain line a change elsewhere. With `several`, of prebuilds for
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
    // Some terminals have a size of 0 by 0.
    const width = (this.#output.columns || 80) - 1;
    const rows = this.#output.rows || 24;
    const views = [...this.#views.values()];
    const above = views.map((view) => [
      `${this.#nameOf(view)}${heading(view)}`,
      // Its end says what to do.
      ...(view.waiting ? wrapped(`  waiting: ${view.waiting.message}`, width) : []),
    ]);
    // What has scrolled off the screen cannot be drawn over, and one line is the cursor's own.
    const room = Math.max(0, rows - 2 - above.flat().length);
    const items = shares(
      views.map((view) => view.items.length),
      room,
    ).map((share, at) => itemLines(views[at]!, share));
    const lines = above
      .flatMap((head, at) => [...head, ...items[at]!])
      .slice(0, Math.max(1, rows - 1))
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

/** How many lines each of several lists has where all have so many; what a short one leaves the others take. */
function shares(lengths: readonly number[], room: number): number[] {
  const given = lengths.map(() => 0);
  const byLength = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]!);
  let left = room;
  byLength.forEach((at, done) => {
    given[at] = Math.min(lengths[at]!, Math.floor(left / (lengths.length - done)));
    left -= given[at];
  });
  return given;
}

/** Where not all have a line: those that failed, those that somebody works on, those that wait, and last what is stored. */
const URGENCY = ['failed', 'building', 'checking', 'fetching', 'queued', 'stored'];

/** The packages of a prebuild on so many lines, in their order; the last line says how many more there are. */
function itemLines({ items }: PrebuildView, lines: number): string[] {
  if (items.length <= lines) return items.map(itemLine);
  const byUrgency = [...items.keys()].sort(
    (a, b) => URGENCY.indexOf(items[a]!.state) - URGENCY.indexOf(items[b]!.state),
  );
  const shown = new Set(byUrgency.slice(0, Math.max(0, lines - 1)));
  const more = lines > 0 ? [`  and ${items.length - shown.size} more`] : [];
  return [...items.filter((_, at) => shown.has(at)).map(itemLine), ...more];
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
