import Type, { type Static } from 'typebox';
import { isLive, type WorkerRecord, WorkerRecordSchema } from '../../core/records/worker.ts';
import { listOpenPrebuilds } from '../../storage/prebuild-records.ts';
import { readReindex } from '../../storage/reindex-records.ts';
import { listTargets } from '../../storage/target-records.ts';
import { listWorkers } from '../../storage/worker-records.ts';
import type { LaneCounts } from '../../workers/queue/queue.ts';
import { buildLane, lanesOf } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import { quietTroubles } from '../status/attention.ts';
import { createParts, type PartsReader } from '../status/parts.ts';
import { PartSchema, type PartStanding } from '../status/schema.ts';
import { spaceIn } from '../status/space.ts';
import { FailedBuildSchema, type FailureGroup, failureGroups, failuresOf, standingFailures } from './failing.ts';
import { NeedSchema, whatNeedsPerson } from './needs-person.ts';
import { type Paced, paced } from './paced.ts';
import { keepRecentDay, type RecentDay } from './recent-day.ts';
import { RunningSchema, runningBuilds } from './running.ts';
import { SpanSchema, spanOf } from './span.ts';
import { countStore, StoreSizeSchema } from './store-size.ts';
import { openSuggestions } from './suggestions.ts';

const Count = Type.Integer({ minimum: 0 });
const Text = Type.String();

/** How the whole mill stands: what a person sees at one glance, and a script reads. */
export const OverviewSchema = Type.Object({
  at: Text,
  /** `down`: what is urgent has to be done before anything goes on; `attention`: something needs a person. */
  state: Type.Union([Type.Literal('ok'), Type.Literal('attention'), Type.Literal('down')]),
  store: PartSchema,
  queue: Type.Object({
    ...PartSchema.properties,
    lanes: Type.Array(Type.Object({ lane: Text, waiting: Count, running: Count, delayed: Count })),
    /** Builds that no worker has taken up. */
    waiting: Count,
  }),
  upstream: PartSchema,
  running: Type.Array(RunningSchema),
  /** Prebuilds under way; of many the first. */
  prebuilds: Type.Array(Text),
  hour: SpanSchema,
  day: SpanSchema,
  /** Missing until it has been counted once. */
  stored: Type.Optional(StoreSizeSchema),
  workers: Type.Array(Type.Object({ ...Type.Omit(WorkerRecordSchema, ['schema']).properties, live: Type.Boolean() })),
  needs: Type.Array(NeedSchema),
  /** The newest failures of the day. */
  failures: Type.Array(FailedBuildSchema),
});
export type Overview = Static<typeof OverviewSchema>;

/** Figures that are kept up to date for whoever asks, so that no request lists the bucket. */
export type Figures = {
  /** Begins to read what ended in the last day, so that the first who asks need not wait for it. */
  warm(): void;
  /** Waits for the very first one, and else for nothing: what it gives is a second or two old. */
  overview(): Promise<Overview>;
  /** Failures of the last day by reason. */
  failures(): Promise<FailureGroup[]>;
  /** Something was changed here, that the next overview is to have. */
  outdate(): void;
};

const EVERY = 1000;
/** Older than this it is not shown where a newer one can be had, in milliseconds. */
const GOOD_FOR = 5000;
/** So old it is shown where a newer one takes longer than a moment: what has many builds to list. */
const USABLE_FOR = 60_000;
const SUGGESTIONS_EVERY = 10_000;
/** A first overview waits so long for its parts, in milliseconds, and goes without those that take longer. */
const PATIENCE = 3000;
export const MOST_PREBUILDS = 50;
const MOST_FAILURES = 10;
const HOUR = { step: 5 * 60_000, steps: 12 };
const DAY = { step: 3600_000, steps: 24 };
const NOTHING: RecentDay = { builds: [], prebuilds: [] };

/** Keeps the figures of one API process. Nothing is done while nobody asks. */
export function keepFigures(
  api: Pick<Api, 'store' | 'queue' | 'upstream' | 'config'>,
  readParts: PartsReader = createParts(api),
): Figures {
  const { store } = api;
  const day = keepRecentDay(store);
  const size = countStore(store);
  const suggestions = paced(async () => openSuggestions(store, (await day.read(PATIENCE))?.builds ?? []), {
    every: SUGGESTIONS_EVERY,
  });
  const whole: Paced<Overview> = paced(
    async () => {
      const [recent, parts, workers, names, prebuilds, reindex, space] = await Promise.all([
        day.read(PATIENCE),
        readParts(),
        listWorkers(store).catch((): WorkerRecord[] => []),
        targetNames(api).catch(() => api.config.targets.map((one) => one.name)),
        listOpenPrebuilds(store, MOST_PREBUILDS).catch(() => []),
        readReindex(store).catch(() => undefined),
        spaceIn(api.config.dataFolder),
      ]);
      const queue = await lookAtQueue(api, names, parts.queue);
      const running = queue.state === 'ok' ? await runningBuilds(api, names).catch(() => []) : [];
      const ended = recent ?? NOTHING;
      const now = Date.now();
      const needs = whatNeedsPerson({
        ...{ store: parts.store, queue, upstream: parts.upstream, workers },
        targets: api.config.targets.map((one) => one.name),
        failed: standingFailures(ended.builds),
        suggestions: (await suggestions.read(PATIENCE)) ?? [],
        quiet: quietTroubles({ space, reindex, workers: workers.filter((one) => isLive(one)) }),
      });
      const stored = await size.read();
      return {
        at: new Date(now).toISOString(),
        state: needs.some((one) => one.urgent) ? 'down' : needs.length > 0 ? 'attention' : 'ok',
        ...{ store: parts.store, queue, upstream: parts.upstream, running, prebuilds, needs },
        hour: spanOf(ended, { ...HOUR, now }),
        day: spanOf(ended, { ...DAY, now }),
        ...(stored && { stored }),
        workers: workers.map(({ schema: _, ...one }) => ({ ...one, live: isLive(one) })),
        failures: failuresOf(ended.builds).slice(0, MOST_FAILURES),
      };
    },
    { every: EVERY, goodFor: GOOD_FOR, usableFor: USABLE_FOR },
  );
  return {
    warm() {
      void day.read();
      void readParts();
    },
    async overview() {
      for (;;) {
        const found = await whole.read(PATIENCE);
        if (found) return found;
        if (whole.failure()) throw whole.failure();
      }
    },
    failures: async () => failureGroups(((await day.read(PATIENCE)) ?? NOTHING).builds),
    outdate() {
      for (const one of [day, suggestions, whole]) one.outdate();
    },
  };
}

/** Of the settings, of what was probed, and of what workers serve. */
async function targetNames({ store, config }: Pick<Api, 'store' | 'config'>): Promise<string[]> {
  const found = await listTargets(store);
  return [...new Set([...config.targets, ...found].map((one) => one.name))];
}

async function lookAtQueue(
  { queue }: Pick<Api, 'queue'>,
  names: readonly string[],
  part: PartStanding,
): Promise<Overview['queue']> {
  const lanes = names.flatMap(lanesOf);
  const asked = part.state === 'ok' ? queue.counts([...lanes, 'settles', 'pages', 'reindexes']) : [];
  const counts = await Promise.resolve(asked).catch((): LaneCounts[] => []);
  const ofBuilds = new Set<string>(names.map(buildLane));
  const waiting = counts
    .filter((one) => ofBuilds.has(one.lane))
    .reduce((sum, one) => sum + one.waiting + one.delayed, 0);
  return { ...part, lanes: counts, waiting };
}
