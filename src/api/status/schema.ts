import Type, { type Static } from 'typebox';
import { BuildStateSchema } from '../../core/records/build.ts';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Time = Type.String({ format: 'date-time' });

/** How a part that the server depends on stands. `unknown`: nobody has an answer yet. */
export const PartSchema = Type.Object({
  state: Type.Union([Type.Literal('ok'), Type.Literal('away'), Type.Literal('unknown')]),
  /** Which of the implementations it is, where there are several. */
  kind: Type.Optional(Text),
  /** Why it is away, and what to do. */
  message: Type.Optional(Text),
});
export type PartStanding = Static<typeof PartSchema>;

/** Work of one kind in flight; `target` where each target has a lane of its own. */
export const LaneSchema = Type.Object({
  kind: Text,
  target: Type.Optional(Text),
  waiting: Count,
  running: Count,
  /** Tried again a little later. */
  delayed: Count,
});
export type LaneStanding = Static<typeof LaneSchema>;

export const RunningBuildSchema = Type.Object({
  key: Text,
  project: Text,
  version: Text,
  target: Text,
  state: BuildStateSchema,
  /** Since when it has been in that state, and by which worker; missing in the first moment. */
  since: Type.Optional(Time),
  worker: Type.Optional(Text),
  requestedAt: Time,
  url: Text,
});
export type RunningBuild = Static<typeof RunningBuildSchema>;

/** Something that does not go away by itself. */
export const AttentionSchema = Type.Object({ code: Text, message: Text });
export type Attention = Static<typeof AttentionSchema>;

/** How the whole server stands, on one page. */
export const StatusSchema = Type.Object({
  version: Text,
  at: Time,
  /** It can serve what is stored and take new work; where not, `attention` says why. */
  ready: Type.Boolean(),
  parts: Type.Object({ store: PartSchema, queue: PartSchema, upstream: PartSchema }),
  /** Missing while the queue is away, like `builds`. */
  lanes: Type.Optional(Type.Array(LaneSchema)),
  /** Those that run now, by the time since when they do. */
  builds: Type.Optional(Type.Array(RunningBuildSchema)),
  /** Missing while the store is away, like `targets`. */
  workers: Type.Optional(
    Type.Object({
      live: Count,
      /** Heard of in the last hour, but not lately. */
      lost: Count,
      /** Builds that the live ones run at once. */
      slots: Count,
    }),
  ),
  targets: Type.Optional(Type.Array(Type.Object({ name: Text, served: Type.Boolean() }))),
  /** What needs a person, most urgent first. */
  attention: Type.Array(AttentionSchema),
});
export type Status = Static<typeof StatusSchema>;
