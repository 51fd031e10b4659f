import Type, { type Static } from 'typebox';
import { ReasonSchema } from './build.ts';
import { DebianPackage, SharedLibrarySchema } from './libraries.ts';

const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Why a wheel does not load in the runtime image: the module or file of it, the library it misses, the package that has that. */
export const ProofFailureSchema = Type.Object({
  project: Text,
  filename: Text,
  module: Type.Optional(Text),
  library: Type.Optional(Text),
  package: Type.Optional(DebianPackage),
  message: Text,
});
export type ProofFailure = Static<typeof ProofFailureSchema>;

/**
 * A module that could not be imported for a reason that says nothing of its wheel: the same in the build image, or what it
 * imports is to blame (`because` is the file of that wheel).
 */
export const NotImportedSchema = Type.Object({
  project: Text,
  module: Text,
  message: Text,
  because: Type.Optional(Text),
});
export type NotImported = Static<typeof NotImportedSchema>;

/** What a proof has come to, as prebuilds show it. */
export const ProofOutcomeSchema = Type.Object({
  /** `failed`: of at least one wheel; `skipped`: nobody wanted it; `not-done`: it could not be done, which says nothing of the wheels. */
  state: Type.Union([
    Type.Literal('proven'),
    Type.Literal('failed'),
    Type.Literal('skipped'),
    Type.Literal('not-done'),
  ]),
  /** Of `skipped` and `not-done`. */
  message: Type.Optional(Text),
  reason: Type.Optional(ReasonSchema),
  /** The image it was done in, and the Debian packages that were added to that. */
  runtime: Type.Optional(Text),
  packages: Type.Optional(Type.Array(DebianPackage)),
  /** How many wheels were installed, and modules imported. */
  wheels: Type.Optional(Type.Integer()),
  modules: Type.Optional(Type.Integer()),
  notImported: Type.Optional(Type.Array(NotImportedSchema)),
  failures: Type.Optional(Type.Array(ProofFailureSchema)),
  /** What pip says of requirements that are not met. */
  conflicts: Type.Optional(Type.Array(Text)),
  /** How long it took. */
  seconds: Type.Optional(Type.Number()),
});
export type ProofOutcome = Static<typeof ProofOutcomeSchema>;

/** A wheel that a proof is of, with the run of the build that made it. */
export const ProvenWheelSchema = Type.Object({
  project: Text,
  filename: Text,
  sha256: Hash,
  build: Type.Optional(Type.Object({ key: Hash, run: Type.Integer({ minimum: 1 }) })),
  /** Made to take the place of those that serve the same. */
  rebuild: Type.Optional(Type.Literal(true)),
});
export type ProvenWheel = Static<typeof ProvenWheelSchema>;

/** What the files of a wheel ask for that was not built here, found with the wheels of a list around it. */
export const LookedAtSchema = Type.Object({
  project: Text,
  filename: Text,
  sha256: Hash,
  libraries: Type.Array(SharedLibrarySchema),
});
export type LookedAt = Static<typeof LookedAtSchema>;

/** `prebuilds/<id>/<attempt>/proof.json`: written once, by the proof job; what follows from it is written by the settle job. */
export const ProofSchema = Type.Object({
  schema: Type.Literal(1),
  ...ProofOutcomeSchema.properties,
  of: Type.Array(ProvenWheelSchema),
  looked: Type.Optional(Type.Array(LookedAtSchema)),
  provenAt: Type.String({ format: 'date-time' }),
});
export type Proof = Static<typeof ProofSchema>;
