import Type, { type Static } from 'typebox';
import { BuildRequirementSchema, ReasonSchema } from './build.ts';

const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Time = Type.String({ format: 'date-time' });
const Pair = Type.Object({ built: Text, rebuilt: Text });
const FileSchema = Type.Object({ filename: Text, sha256: Hash, size: Type.Integer() });

/** `open/verifications/<key>`: a wish to build again and compare; it is there until the verification has ended. */
export const VerificationRequestSchema = Type.Object({
  schema: Type.Literal(1),
  key: Hash,
  /** The run whose wheel is compared. */
  run: Type.Integer({ minimum: 1 }),
  /** Whose images and procedure are those of the build. */
  target: Text,
  requestedAt: Time,
});
export type VerificationRequest = Static<typeof VerificationRequestSchema>;

/**
 * How two wheels can differ. `packing`: in something that no member shows and that our build tag's rewriting does not keep
 * (extra fields, how WHEEL and RECORD were packed, signatures).
 */
export const DIFFERENCE_KINDS = [
  'only-stored',
  'only-rebuilt',
  'content',
  'mode',
  'time',
  'compression',
  'order',
  'packing',
] as const;

export const DifferenceSchema = Type.Object({
  /** Path in the wheel; none where the file as a whole differs. */
  member: Type.Optional(Text),
  kind: Type.Unsafe<(typeof DIFFERENCE_KINDS)[number]>(Type.String({ enum: [...DIFFERENCE_KINDS] })),
  /** What is compared, in either wheel: SHA-256 of the content, octal mode, time, packed size, place. */
  stored: Type.Optional(Text),
  rebuilt: Type.Optional(Text),
  /** True where it comes of the other differences alone: RECORD lists hashes, WHEEL has the build tag. */
  follows: Type.Optional(Type.Literal(true)),
});
export type Difference = Static<typeof DifferenceSchema>;

/** `builds/<key>/verification.json`: the latest time a build was done again. Written by the holder of its job only. */
export const VerificationSchema = Type.Object({
  schema: Type.Literal(1),
  key: Hash,
  run: Type.Integer({ minimum: 1 }),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  reproducible: Type.Optional(Type.Boolean()),
  /** The first of them, those that do not follow from others before those that do. */
  differences: Type.Optional(Type.Array(DifferenceSchema)),
  furtherDifferences: Type.Optional(Type.Integer({ minimum: 1 })),
  wheel: Type.Optional(Type.Object({ stored: FileSchema, rebuilt: FileSchema })),
  image: Type.Optional(Pair),
  frontEnd: Type.Optional(Pair),
  /** What was in the build environment of the rebuild. */
  buildRequirements: Type.Optional(Type.Array(BuildRequirementSchema)),
  reason: Type.Optional(ReasonSchema),
  message: Type.Optional(Text),
  logTail: Type.Optional(Text),
  attempts: Type.Integer({ minimum: 1 }),
  worker: Text,
  requestedAt: Time,
  startedAt: Time,
  endedAt: Type.Optional(Time),
});
export type Verification = Static<typeof VerificationSchema>;
