import Type, { type Static } from 'typebox';
import { buildFigures, prebuildFigures, type RecentEntry } from '../../storage/recent.ts';
import type { RecentDay } from './recent-day.ts';

const Count = Type.Integer({ minimum: 0 });
const Text = Type.String();

/** What ended in some time until now. */
export const SpanSchema = Type.Object({
  from: Text,
  builds: Type.Object({
    stored: Count,
    failed: Count,
    cancelled: Count,
    seconds: Type.Integer({ description: 'Spent building' }),
  }),
  reasons: Type.Record(Text, Count),
  prebuilds: Type.Object({ ready: Count, partial: Count, failed: Count, cancelled: Count }),
  items: Type.Object({ hit: Count, mirror: Count, build: Count, failed: Count }),
  hitRate: Type.Optional(
    Type.Number({ description: 'Of all items of lists the share that was stored before; 0 to 1' }),
  ),
  savedSeconds: Type.Integer({ description: 'Of building, that hits have spared' }),
  steps: Type.Array(Type.Object({ from: Text, stored: Count, failed: Count })),
});
export type Span = Static<typeof SpanSchema>;

/**
 * Counts what ended in the last `steps` times `step` milliseconds. The steps are whole ones of the clock, the last one under way,
 * so that bars do not change because time goes on.
 */
export function spanOf(day: RecentDay, { step, steps, now }: { step: number; steps: number; now: number }): Span {
  const start = (Math.floor(now / step) - steps + 1) * step;
  const from = new Date(start).toISOString();
  // As text: of one form, such times sort as they are.
  const within = (one: RecentEntry) => one.endedAt >= from;
  const builds = day.builds.filter(within);
  const prebuilds = day.prebuilds.filter(within);
  const isCancelled = (one: RecentEntry) => one.reason === 'cancelled';
  const failed = builds.filter((one) => one.state === 'failed' && !isCancelled(one));
  const stored = builds.filter((one) => one.state === 'stored');
  const perStep = (of: readonly RecentEntry[]) => {
    const counts = new Array<number>(steps).fill(0);
    // A worker's clock may be ahead of this one.
    for (const { endedAt } of of) {
      const at = Math.min(steps - 1, Math.floor((Date.parse(endedAt) - start) / step));
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  };
  const [storedAt, failedAt] = [perStep(stored), perStep(failed)];
  const figures = prebuilds.flatMap((one) => prebuildFigures(one) ?? []);
  const sum = (name: 'hit' | 'mirror' | 'build' | 'failed' | 'savedSeconds') =>
    figures.reduce((total, one) => total + one[name], 0);
  const items = { hit: sum('hit'), mirror: sum('mirror'), build: sum('build'), failed: sum('failed') };
  const all = items.hit + items.mirror + items.build;
  const ended = (state: string) => prebuilds.filter((one) => one.state === state).length;
  return {
    from,
    builds: {
      stored: stored.length,
      failed: failed.length,
      cancelled: builds.filter(isCancelled).length,
      seconds: builds.reduce((total, one) => total + buildFigures(one).seconds, 0),
    },
    reasons: countBy(failed.map((one) => one.reason ?? 'build-error')),
    prebuilds: {
      ...{ ready: ended('ready'), partial: ended('partial') },
      ...{ failed: ended('failed'), cancelled: ended('cancelled') },
    },
    items,
    ...(all > 0 && { hitRate: items.hit / all }),
    savedSeconds: sum('savedSeconds'),
    steps: storedAt.map((count, at) => ({
      from: new Date(start + at * step).toISOString(),
      ...{ stored: count, failed: failedAt[at] ?? 0 },
    })),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((one, other) => other[1] - one[1]));
}
