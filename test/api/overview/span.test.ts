import t from 'tap';
import { failureGroups, standingFailures } from '../../../src/api/overview/failing.ts';
import { spanOf } from '../../../src/api/overview/span.ts';
import type { RecentEntry } from '../../../src/storage/recent.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 2, 12, 3);
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString();
const HOUR = { step: 5 * MINUTE, steps: 12, now: NOW };

const build = (minutes: number, change: Partial<RecentEntry> = {}): RecentEntry => ({
  ...{ id: `b${minutes}`, endedAt: ago(minutes), state: 'stored', project: 'six', figures: [10, 0] },
  ...change,
});
const failed = (minutes: number, reason: string, project = 'six') =>
  build(minutes, { state: 'failed', reason, project });
const prebuild = (minutes: number, state: string, figures?: number[]): RecentEntry => ({
  ...{ id: `p${minutes}`, endedAt: ago(minutes), state, figures },
});

t.test('what ended in an hour', async (t) => {
  const builds = [
    ...[build(-1), build(1), build(2), failed(4, 'build-error'), failed(9, 'missing-header')],
    ...[failed(20, 'cancelled'), failed(30, 'missing-header'), build(58), build(59), build(200)],
  ];
  const prebuilds = [
    ...[prebuild(1, 'ready', [1, 6, 3, 1, 0, 700]), prebuild(5, 'partial', [1, 0, 0, 2, 1, 0])],
    ...[prebuild(7, 'failed'), prebuild(90, 'ready', [1, 100, 0, 0, 0, 9999])],
  ];
  const span = spanOf({ builds, prebuilds }, HOUR);
  t.equal(span.from, '2026-01-02T11:05:00.000Z', 'whole steps of the clock');
  t.match(span.builds, { stored: 4, failed: 3, cancelled: 1, seconds: 80 });
  t.same(
    Object.entries(span.reasons),
    [
      ['missing-header', 2],
      ['build-error', 1],
    ],
    'the most frequent first',
  );
  t.same(span.prebuilds, { ready: 1, partial: 1, failed: 1, cancelled: 0 });
  t.same(span.items, { hit: 6, mirror: 3, build: 3, failed: 1 });
  t.equal(span.hitRate, 0.5);
  t.equal(span.savedSeconds, 700);
  t.equal(span.steps.length, 12);
  t.match(span.steps.at(-1), { from: '2026-01-02T12:00:00.000Z', stored: 3, failed: 0 }, 'a clock may be ahead');
  t.match(span.steps.at(-2), { stored: 0, failed: 1 });
  t.match(span.steps[0], { from: '2026-01-02T11:05:00.000Z', stored: 1, failed: 0 });
});

t.test('nothing ended', async (t) => {
  const span = spanOf({ builds: [], prebuilds: [] }, HOUR);
  t.match(span, { builds: { stored: 0, failed: 0 }, savedSeconds: 0 });
  t.notOk('hitRate' in span, 'of nothing there is no share');
});

t.test('failures by reason, and those that stand', async (t) => {
  const builds = [
    ...[build(1, { project: 'mended' }), failed(2, 'build-error', 'mended'), failed(3, 'missing-header', 'a')],
    ...[failed(4, 'missing-header', 'b'), failed(5, 'cancelled', 'c'), failed(6, 'missing-header', 'a')],
  ];
  t.match(failureGroups(builds), [
    { reason: 'missing-header', count: 3, projects: ['a', 'b'], builds: [{ key: 'b3' }, { key: 'b4' }, { key: 'b6' }] },
    { reason: 'build-error', count: 1, projects: ['mended'] },
  ]);
  t.same(
    standingFailures(builds).map((one) => one.project),
    ['a', 'b'],
    'a later success mends; what was cancelled is nobody to look at',
  );
});
