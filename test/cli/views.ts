import type { PrebuildView } from '../../src/api/prebuilds/view.ts';

type Item = PrebuildView['items'][number];

/** A prebuild of these items as the API shows it. */
export function prebuildView(
  state: PrebuildView['state'],
  items: Item[],
  more: Partial<PrebuildView> = {},
): PrebuildView {
  const count = (test: (item: Item) => boolean) => items.filter(test).length;
  const url = 'http://127.0.0.1:8417/api/v1/prebuilds/0123';
  return {
    id: '0123',
    attempt: 1,
    state,
    target: 'python-3.13',
    deps: true,
    url,
    pinned: true,
    counts: {
      hit: count((one) => one.kind === 'hit'),
      mirror: count((one) => one.kind === 'mirror'),
      build: count((one) => one.kind === 'build'),
      stored: count((one) => one.state === 'stored'),
      failed: count((one) => one.state === 'failed'),
      total: items.length,
    },
    items,
    skipped: [],
    warnings: [],
    requestedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

export function item(project: string, kind: Item['kind'], state: Item['state'], more: Partial<Item> = {}): Item {
  return { project, version: '1.0', lines: [{ line: 1 }], kind, state, ...more };
}
