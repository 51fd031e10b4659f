import Type, { type Static } from 'typebox';
import { FAILURES, type FailureReason } from '../../errors.ts';
import { BundledLibrarySchema, SharedLibrarySchema } from './libraries.ts';
import { DebianPackage, RecipeSchema } from './recipe.ts';
import { TurnSchema } from './turn.ts';

const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Time = Type.String({ format: 'date-time' });

export const ReasonSchema = Type.Unsafe<FailureReason>(Type.String({ enum: Object.keys(FAILURES) }));

export const SdistSchema = Type.Object(
  { filename: Text, sha256: Hash, size: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);
/** An sdist by name and hash. Where it is fetched from is upstream's business, asked for when it is needed. */
export type Sdist = Static<typeof SdistSchema>;

export const BuildRequirementSchema = Type.Object({
  name: Text,
  version: Text,
  sha256: Type.Optional(Hash),
  /** It is a crate, and no Python distribution. */
  crate: Type.Optional(Type.Literal(true)),
});
/** A distribution that was in the build environment, as the build front end resolved it, or a crate that cargo fetched. */
export type BuildRequirement = Static<typeof BuildRequirementSchema>;

/** What self-healing added to the build image, and for what, in the order of its rounds. */
export const HealedSchema = Type.Object({
  packages: Type.Array(DebianPackage),
  rounds: Type.Array(
    Type.Object({
      missing: Type.Object({
        kind: Type.Union([
          Type.Literal('header'),
          Type.Literal('library'),
          Type.Literal('module'),
          Type.Literal('program'),
        ]),
        name: Text,
      }),
      packages: Type.Array(DebianPackage),
    }),
  ),
});
export type Healed = Static<typeof HealedSchema>;

/** What a build is of and for: the same in the request and in the record of how it ended. */
const Identity = {
  schema: Type.Literal(1),
  key: Hash,
  project: Text,
  version: Text,
  target: Text,
  /** Image identity the key was made for; a worker whose image differs leaves the work alone. */
  image: Text,
  sdist: SdistSchema,
  recipe: RecipeSchema,
};
const Visibility = Type.Union([Type.Literal('public'), Type.Literal('prebuild')]);

/** What has to be built: everything a worker needs, kept at `open/builds/<key>` until the build ends. */
export const BuildRequestSchema = Type.Object({
  ...Identity,
  visibility: Visibility,
  /** The final record with this run number, or a lower one, is an earlier failure that this run replaces. */
  run: Type.Integer({ minimum: 1 }),
  /** Its wheel takes the place of those that serve the same. */
  rebuild: Type.Optional(Type.Literal(true)),
  /** Of those who wait nobody wants its wheel proven. */
  proof: Type.Optional(Type.Literal(false)),
  /** The prebuild and the HTTP request that opened this run, as the log names them; others may have joined since. */
  prebuild: Type.Optional(Text),
  request: Type.Optional(Text),
  /** The most urgent one of those who wait. */
  turn: Type.Optional(TurnSchema),
  requestedAt: Time,
});
export type BuildRequest = Static<typeof BuildRequestSchema>;

export const BUILD_STATES = ['queued', 'fetching', 'building', 'checking', 'stored', 'failed'] as const;
export const BuildStateSchema = Type.Unsafe<(typeof BUILD_STATES)[number]>(Type.String({ enum: [...BUILD_STATES] }));
export type BuildState = Static<typeof BuildStateSchema>;

const Limit = Type.Integer({ minimum: 0 });
/** Bounds of a build: bytes, counts and milliseconds. */
export const BuildLimitsSchema = Type.Object({
  memory: Limit,
  disk: Limit,
  inodes: Limit,
  pids: Limit,
  wallTime: Limit,
  silence: Limit,
  logBytes: Limit,
  wheelBytes: Limit,
});

/** `builds/<key>/record.json`: how a build ended. Written by the holder of its job only. */
export const BuildRecordSchema = Type.Object({
  ...Identity,
  run: Type.Integer({ minimum: 1 }),
  /** How often a worker took it up; 0 where it was cancelled before that. */
  attempts: Type.Integer({ minimum: 0 }),
  state: BuildStateSchema,
  /** Missing in records of before it was kept. */
  visibility: Type.Optional(Visibility),
  reason: Type.Optional(ReasonSchema),
  message: Type.Optional(Text),
  /** What a person can do, where that is more than the table says of the reason. */
  hint: Type.Optional(Text),
  logTail: Type.Optional(Text),
  wheel: Type.Optional(Type.Object({ filename: Text, sha256: Hash, size: Type.Integer() })),
  /** The build for another target that made this wheel: it fits here too, and nothing was built. */
  takenFrom: Type.Optional(Hash),
  /** Shared libraries that the wheel asks for and the target's runtime image does not have. Missing where it is not known. */
  needs: Type.Optional(Type.Array(SharedLibrarySchema)),
  /** Shared libraries of the build image that were put into the wheel. */
  bundled: Type.Optional(Type.Array(BundledLibrarySchema)),
  frontEnd: Type.Optional(Text),
  /** The recipe alone did not do: these packages were found and added. Its wheel is for those who asked, until somebody accepts them. */
  healed: Type.Optional(HealedSchema),
  /** Built as a process of the worker's machine: nothing kept it in. */
  unsandboxed: Type.Optional(Type.Literal(true)),
  buildRequirements: Type.Optional(Type.Array(BuildRequirementSchema)),
  /** Of one that failed: what it was allowed. */
  limits: Type.Optional(BuildLimitsSchema),
  /** Milliseconds spent in each state. */
  phases: Type.Record(Type.String(), Type.Number()),
  requestedAt: Time,
  startedAt: Time,
  endedAt: Time,
});
export type BuildRecord = Static<typeof BuildRecordSchema>;
