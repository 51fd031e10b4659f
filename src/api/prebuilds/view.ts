import Type, { type Static } from 'typebox';
import { DebianPackage } from '../../core/records/libraries.ts';
import { ListFaultSchema } from '../../core/records/list-fault.ts';
import { ItemStatusSchema, PlanSchema, PrebuildStateSchema } from '../../core/records/prebuild.ts';
import { ProofOutcomeSchema } from '../../core/records/proof.ts';
import { WaitingSchema } from '../../core/target-service.ts';
import type { Standing } from './waiting.ts';

const Text = Type.String();
const Count = Type.Integer();

/** A prebuild as the API shows it. URLs are absolute. */
export const PrebuildViewSchema = Type.Object({
  id: Text,
  attempt: Type.Integer(),
  state: PrebuildStateSchema,
  target: Text,
  /** `false`: only what is in the list, so pip installs it with `--no-deps`. */
  deps: Type.Boolean(),
  url: Text,
  pinned: Type.Boolean(),
  counts: Type.Object({ hit: Count, mirror: Count, build: Count, stored: Count, failed: Count, total: Count }),
  items: Type.Array(Type.Object({ ...ItemStatusSchema.properties, log: Type.Optional(Text) })),
  skipped: PlanSchema.properties.skipped,
  warnings: Type.Array(ListFaultSchema),
  failure: PlanSchema.properties.failure,
  /** Once it has ended: Debian packages that its wheels need in the runtime image. */
  apt: Type.Optional(Type.Array(DebianPackage)),
  /** How the proof of what was built went. */
  proof: Type.Optional(ProofOutcomeSchema),
  /** Once it has ended: whether all of it loads in the runtime image as that is. */
  slimReady: Type.Optional(Type.Boolean()),
  /** Milliseconds spent in states of the whole list. */
  phases: Type.Optional(Type.Record(Text, Type.Number())),
  /** Nobody does its work at present: why, and what to do. */
  waiting: Type.Optional(WaitingSchema),
  /** Once it has ended: the locked list of our wheels and the page with exactly those wheels. */
  requirements: Type.Optional(Text),
  wheels: Type.Optional(Text),
  requestedAt: Text,
  plannedAt: Type.Optional(Text),
  endedAt: Type.Optional(Text),
});
export type PrebuildView = Static<typeof PrebuildViewSchema>;

/** The answer to a list for several targets: a prebuild for each, in the order they were asked for. */
export const PrebuildViewsSchema = Type.Object({ prebuilds: Type.Array(PrebuildViewSchema) });
export type PrebuildViews = Static<typeof PrebuildViewsSchema>;

export const ENDED_STATES: ReadonlySet<string> = new Set(['ready', 'partial', 'failed', 'cancelled']);

/** @param base the URL under which the client reaches this server */
export function prebuildView(status: Standing, base: string): PrebuildView {
  const { items } = status;
  const count = (test: (item: (typeof items)[number]) => boolean) => items.filter(test).length;
  return {
    id: status.id,
    attempt: status.attempt,
    state: status.state,
    target: status.target,
    deps: status.deps ?? true,
    url: `${base}/api/v1/prebuilds/${status.id}`,
    pinned: status.pinned,
    counts: {
      hit: count((one) => one.kind === 'hit'),
      mirror: count((one) => one.kind === 'mirror'),
      build: count((one) => one.kind === 'build'),
      stored: count((one) => one.state === 'stored'),
      failed: count((one) => one.state === 'failed'),
      total: items.length,
    },
    items: items.map((one) => (one.build ? { ...one, log: `${base}/api/v1/builds/${one.build}/log` } : one)),
    skipped: status.skipped,
    warnings: status.warnings,
    ...(status.apt && { apt: status.apt }),
    ...(status.proof && { proof: status.proof }),
    ...(status.slimReady !== undefined && { slimReady: status.slimReady }),
    ...(status.phases && { phases: status.phases }),
    ...(status.failure && { failure: status.failure }),
    ...(status.waiting && { waiting: status.waiting }),
    ...(ENDED_STATES.has(status.state) && {
      requirements: `${base}/api/v1/prebuilds/${status.id}/requirements.txt`,
      wheels: `${base}/prebuilds/${status.id}/wheels/`,
    }),
    requestedAt: status.requestedAt,
    ...(status.plannedAt && { plannedAt: status.plannedAt }),
    ...(status.endedAt && { endedAt: status.endedAt }),
  };
}
