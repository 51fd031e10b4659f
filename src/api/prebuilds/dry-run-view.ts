import Type, { type Static } from 'typebox';
import { BuildStateSchema, ReasonSchema } from '../../core/records/build.ts';
import { ListFaultSchema } from '../../core/records/list-fault.ts';
import {
  ItemStatusSchema,
  PlanSchema,
  PrebuildOptionsSchema,
  PrebuildStateSchema,
} from '../../core/records/prebuild.ts';
import { RequirementSchema } from '../../core/records/requirement.ts';
import { DiffAgainstSchema } from './diff-against.ts';

const Text = Type.String();
const Count = Type.Integer();
const Optional = Type.Optional;

const FailureSchema = Type.Object({ reason: ReasonSchema, message: Text, hint: Text, logTail: Optional(Text) });
const FileSchema = Type.Object({ filename: Text, sha256: Text, size: Optional(Count) });

/** One line of the list as it was understood. */
const DryRunLineSchema = Type.Object({
  ...RequirementSchema.properties,
  /** The requirement in one spelling, as it is planned. */
  text: Text,
  /** Whether its marker is true on the target; missing where the target is not known yet. */
  applies: Optional(Type.Boolean()),
});

/** What a project would be. */
export const DryRunItemSchema = Type.Object({
  project: Text,
  version: Optional(Text),
  lines: ItemStatusSchema.properties.lines,
  kind: ItemStatusSchema.properties.kind,
  /** A hit's or a mirror's file. */
  wheel: Optional(FileSchema),
  /** What would be built. */
  sdist: Optional(FileSchema),
  /** The key of the build. */
  build: Optional(Text),
  /** Another prebuild has started this very build; this is how it stands. */
  underWay: Optional(BuildStateSchema),
  /** How this very build ended the last time; it would be tried again. */
  failedBefore: Optional(FailureSchema),
  reason: Optional(ReasonSchema),
  message: Optional(Text),
  hint: Optional(Text),
});

/** The answer to a dry run: what a posting of the same list would do. */
export const DryRunSchema = Type.Object({
  dryRun: Type.Literal(true),
  /** No line is refused and, as far as it is known, nothing fails. */
  ok: Type.Boolean(),
  /** Whether `items` is all there would be; where it is not, `unknown` says why. */
  complete: Type.Boolean(),
  unknown: Optional(Text),
  target: Text,
  /** The prebuild that a posting would start or find; none where lines are refused. */
  id: Optional(Text),
  options: PrebuildOptionsSchema,
  lines: Type.Array(DryRunLineSchema),
  constraints: Type.Array(DryRunLineSchema),
  refused: Type.Array(ListFaultSchema),
  warnings: Type.Array(ListFaultSchema),
  /** `sdistBytes` and `wheelBytes`: of the sdists to build and the wheels to mirror, where their sizes are known. */
  counts: Type.Object({
    ...{ hit: Count, mirror: Count, build: Count, failed: Count, total: Count },
    ...{ sdistBytes: Count, wheelBytes: Count },
  }),
  items: Type.Array(DryRunItemSchema),
  /** The failure of the list as a whole. */
  failure: Optional(FailureSchema),
  skipped: PlanSchema.properties.skipped,
  /** What is different from the prebuild that was named by `against`. */
  diff: Optional(DiffAgainstSchema),
  /** The newest attempt there is; `answers`: a posting is answered with it, nothing new is started. */
  existing: Optional(
    Type.Object({
      attempt: Count,
      state: PrebuildStateSchema,
      url: Text,
      endedAt: Optional(Text),
      answers: Type.Boolean(),
    }),
  ),
});
export type DryRun = Static<typeof DryRunSchema>;

/** The answer to a dry run for several targets, in the order they were asked for. */
export const DryRunsSchema = Type.Object({ dryRuns: Type.Array(DryRunSchema) });

export type DryRunItem = Static<typeof DryRunItemSchema>;
export type DryRunLine = Static<typeof DryRunLineSchema>;
