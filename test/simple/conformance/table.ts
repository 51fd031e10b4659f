/** Tables of what a specification asks for: a row for every MUST and SHOULD, checked on both indexes of a listening server. */
import type { Test } from 'tap';
import type { Index, View } from './index.ts';

export type Row = {
  /** Where it is said: a PEP, an RFC's section, or what a client was seen to need. */
  spec: string;
  level: 'MUST' | 'SHOULD' | 'MAY' | 'RECOMMENDED';
  says: string;
  /** Both, if left out. */
  view?: View['name'];
  check: (t: Test, index: Index, view: View) => Promise<unknown>;
};

export function conforms(t: Test, index: Index, rows: readonly Row[]): void {
  for (const { spec, level, says, view, check } of rows) {
    t.test(`${spec} ${level}: ${says}`, async (t) => {
      const names = view ? [view] : (['merged', 'stored'] as const);
      for (const name of names) await t.test(name, (t) => check(t, index, index.views[name]));
    });
  }
}
