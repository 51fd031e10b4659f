import Type, { type Static } from 'typebox';
import { ReasonSchema, SdistSchema } from './build.ts';
import { DebianPackage, SharedLibrarySchema } from './libraries.ts';
import { LineRefSchema } from './line-ref.ts';
import { ListFaultSchema } from './list-fault.ts';
import { ListOptionsSchema } from './list-options.ts';
import { ProofOutcomeSchema } from './proof.ts';
import { RecipeSchema } from './recipe.ts';
import { RequirementSchema } from './requirement.ts';
import { TurnSchema } from './turn.ts';

const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Time = Type.String({ format: 'date-time' });
const Schema = Type.Literal(1);

/** Options of one prebuild: the posting's own and those of its list. All are part of its id. */
export const PrebuildOptionsSchema = Type.Object(
  {
    ...ListOptionsSchema.properties,
    /** With dependencies (default), or only what is in the list, as `pip wheel --no-deps -r` does. */
    deps: Type.Boolean({ default: true }),
    /** `false`: what is built is handed out without having been loaded in the runtime image. */
    proof: Type.Optional(Type.Literal(false)),
  },
  { additionalProperties: false },
);
export type PrebuildOptions = Static<typeof PrebuildOptionsSchema>;

/** `prebuilds/<id>/<attempt>/request.json`: what was asked, written before any work starts. */
export const PrebuildRequestSchema = Type.Object({
  schema: Schema,
  id: Text,
  attempt: Type.Integer({ minimum: 1 }),
  target: Text,
  options: PrebuildOptionsSchema,
  requirements: Type.Array(RequirementSchema),
  /** What `-c` files say: bounds for what is needed anyway. */
  constraints: Type.Optional(Type.Array(RequirementSchema)),
  /** Plan with what upstream says now, not with what it said a while ago. */
  refresh: Type.Optional(Type.Literal(true)),
  /** Build again what is stored. */
  rebuild: Type.Optional(Type.Literal(true)),
  /** Build again what is known to fail. */
  retry: Type.Optional(Type.Literal(true)),
  /** Id of the HTTP request that asked, as the log names it. */
  request: Type.Optional(Text),
  /** Of its planning; its builds take turns of the same client and priority. */
  turn: Type.Optional(TurnSchema),
  warnings: Type.Array(ListFaultSchema),
  requestedAt: Time,
});
export type PrebuildRequest = Static<typeof PrebuildRequestSchema>;

const common = {
  project: Text,
  version: Text,
  /** Lines of the list that ask for it; empty for a dependency. */ lines: Type.Array(LineRefSchema),
};

/** Milliseconds of building that a hit spares; missing where its wheel was not built here. */
const Saved = Type.Optional(Type.Integer({ minimum: 0 }));

export const HitSchema = Type.Object({
  kind: Type.Literal('hit'),
  ...common,
  wheel: Type.Object({ filename: Text, sha256: Hash }),
  saved: Saved,
});
export const MirrorSchema = Type.Object({
  kind: Type.Literal('mirror'),
  ...common,
  wheel: Type.Object({ filename: Text, sha256: Hash, size: Type.Optional(Type.Integer()) }),
});
export const BuildItemSchema = Type.Object({
  visibility: Type.Union([Type.Literal('public'), Type.Literal('prebuild')]),
  kind: Type.Literal('build'),
  ...common,
  key: Hash,
  sdist: SdistSchema,
  recipe: RecipeSchema,
  /** The build's run this attempt waits for: an earlier failure is not taken as its outcome. */
  run: Type.Integer({ minimum: 1 }),
  /** Asked for although a stored wheel fits: the new one takes its place. */
  rebuild: Type.Optional(Type.Literal(true)),
});
export const FaultSchema = Type.Object({
  kind: Type.Literal('failed'),
  ...common,
  version: Type.Optional(Text),
  reason: ReasonSchema,
  message: Text,
});
export const PlanItemSchema = Type.Union([HitSchema, MirrorSchema, BuildItemSchema, FaultSchema]);
export type PlanItem = Static<typeof PlanItemSchema>;

/** `prebuilds/<id>/<attempt>/plan.json`: written once. */
export const PlanSchema = Type.Object({
  schema: Schema,
  id: Text,
  attempt: Type.Integer({ minimum: 1 }),
  target: Text,
  image: Text,
  /** True where every item follows from the list alone: its record answers without asking upstream again. */
  pinned: Type.Boolean(),
  items: Type.Array(PlanItemSchema),
  /** Lines whose marker is false on the target. */
  skipped: Type.Array(Type.Object({ ...LineRefSchema.properties, text: Text, marker: Text })),
  /** The failure of the plan as a whole: nothing can be built then. */
  failure: Type.Optional(Type.Object({ reason: ReasonSchema, message: Text, logTail: Type.Optional(Text) })),
  /** Kept beside the plan as `first.json`: wheels that are made before the plan is. */
  provisional: Type.Optional(Type.Literal(true)),
  plannedAt: Time,
});
export type Plan = Static<typeof PlanSchema>;

/** `prebuilds/<id>/<attempt>/mirrors.json`: mirrored items that could not be had. */
export const MirrorFailuresSchema = Type.Object({
  schema: Schema,
  failures: Type.Record(Type.String(), Type.Object({ reason: ReasonSchema, message: Text })),
});
export type MirrorFailures = Static<typeof MirrorFailuresSchema>;

export const PREBUILD_STATES = ['planning', 'working', 'proving', 'ready', 'partial', 'failed', 'cancelled'] as const;
/** By which lists of prebuilds can be asked for: of one under way no list knows how far it is. */
export const LISTED_PREBUILD_STATES = ['working', 'ready', 'partial', 'failed', 'cancelled'] as const;
export const PrebuildStateSchema = Type.Unsafe<(typeof PREBUILD_STATES)[number]>(
  Type.String({ enum: [...PREBUILD_STATES] }),
);
export type PrebuildState = Static<typeof PrebuildStateSchema>;

/** One item of a prebuild as it stands now, derived from its plan item and the records. */
export const ItemStatusSchema = Type.Object({
  project: Text,
  version: Type.Optional(Text),
  lines: Type.Array(LineRefSchema),
  kind: Type.Union([Type.Literal('hit'), Type.Literal('mirror'), Type.Literal('build'), Type.Literal('failed')]),
  state: Type.Union([
    Type.Literal('queued'),
    Type.Literal('fetching'),
    Type.Literal('building'),
    Type.Literal('checking'),
    Type.Literal('stored'),
    Type.Literal('failed'),
  ]),
  wheel: Type.Optional(Type.Object({ filename: Text, sha256: Hash })),
  /** Once all items have ended: what the wheel needs beyond the runtime image, as far as somebody has looked. */
  needs: Type.Optional(Type.Array(SharedLibrarySchema)),
  saved: Saved,
  build: Type.Optional(Text),
  /** Debian packages that its recipe adds to the build image. */
  packages: Type.Optional(Type.Array(Text)),
  /** Debian packages that self-healing found for its build, and nobody has accepted. */
  healed: Type.Optional(Type.Array(Text)),
  reason: Type.Optional(ReasonSchema),
  message: Type.Optional(Text),
  hint: Type.Optional(Text),
  logTail: Type.Optional(Text),
  /** It had failed then, before this list was asked for, and was not tried again: it would fail the same way. */
  failedAt: Type.Optional(Time),
});
export type ItemStatus = Static<typeof ItemStatusSchema>;

/** `prebuilds/<id>/<attempt>/record.json`: how it ended; written by the settle job only. */
export const PrebuildRecordSchema = Type.Object({
  schema: Schema,
  id: Text,
  attempt: Type.Integer({ minimum: 1 }),
  target: Text,
  /** Missing, like `plannedAt`, where it was cancelled before it was planned. */
  image: Type.Optional(Text),
  /** Asked for without dependencies: others may be missing. */
  deps: Type.Optional(Type.Literal(false)),
  state: PrebuildStateSchema,
  pinned: Type.Boolean(),
  items: Type.Array(ItemStatusSchema),
  skipped: PlanSchema.properties.skipped,
  /** Debian packages that give all that the items need, in the order of their names. */
  apt: Type.Optional(Type.Array(DebianPackage)),
  failure: PlanSchema.properties.failure,
  /** How the proof of its wheels went. Missing where there was none to do: all was stored and proven before, or nothing was had. */
  proof: Type.Optional(ProofOutcomeSchema),
  /** Its wheels load in the runtime image as that is: nothing is needed, of each that is known, and all are proven. */
  slimReady: Type.Optional(Type.Boolean()),
  /** Milliseconds spent in states of the whole list. */
  phases: Type.Optional(Type.Record(Type.String(), Type.Number())),
  warnings: Type.Array(ListFaultSchema),
  requestedAt: Time,
  plannedAt: Type.Optional(Time),
  endedAt: Time,
});
export type PrebuildRecord = Static<typeof PrebuildRecordSchema>;
