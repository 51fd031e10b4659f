import type { PrebuildView } from '../api/prebuilds/view.ts';

type Item = PrebuildView['items'][number];
type Output = { write(text: string): unknown; isTTY?: boolean; columns?: number };

/** One line a package: rewritten in place on a terminal, one plain line a change elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #shown = new Map<string, string>();
  #drawn = 0;
  #state = '';

  constructor(output: Output) {
    this.#output = output;
  }

  line(text: string): void {
    this.#output.write(`${text}\n`);
  }

  show(view: PrebuildView): void {
    if (this.#output.isTTY) this.#redraw(view);
    else this.#changes(view);
  }

  end(): void {
    this.#drawn = 0;
  }

  #redraw(view: PrebuildView): void {
    const width = (this.#output.columns ?? 80) - 1;
    const lines = [`${view.state}  ${view.counts.stored}/${view.counts.total}`, ...view.items.map(describe)].map(
      (line) => line.slice(0, width),
    );
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#output.write(up + lines.map((line) => `\u001b[2K${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #changes(view: PrebuildView): void {
    if (view.state !== this.#state) this.line(`prebuild ${view.id}: ${view.state}`);
    this.#state = view.state;
    for (const item of view.items) {
      const text = describe(item);
      if (this.#shown.get(item.project) !== text) this.line(text);
      this.#shown.set(item.project, text);
    }
  }
}

function describe(item: Item): string {
  const how = { hit: 'already there', mirror: 'from upstream', build: 'build', failed: '' }[item.kind];
  const state = item.state === 'failed' ? `failed: ${item.reason}` : item.state;
  return `  ${`${item.project} ${item.version ?? ''}`.padEnd(36)} ${how.padEnd(14)} ${state}`;
}
