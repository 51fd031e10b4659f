import Type, { type Static } from 'typebox';
import { RunningSchema } from '../overview/running.ts';

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

/** All that the server depends on. */
export const PartsSchema = Type.Object({ store: PartSchema, queue: PartSchema, upstream: PartSchema });
export type Parts = Static<typeof PartsSchema>;

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

/** A running build and where it is shown. */
export const RunningBuildSchema = Type.Object({ ...RunningSchema.properties, url: Text });

/** Something that does not go away by itself. */
export const AttentionSchema = Type.Object({ code: Text, message: Text });
export type Attention = Static<typeof AttentionSchema>;

/** How the whole server stands, on one page. */
export const StatusSchema = Type.Object({
  version: Text,
  at: Time,
  /** It can serve what is stored and take new work; where not, `attention` says why. */
  ready: Type.Boolean(),
  parts: PartsSchema,
  /** Missing while the queue is away, like `builds`. */
  lanes: Type.Optional(Type.Array(LaneSchema)),
  /** Those that run now, the longest first. */
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
