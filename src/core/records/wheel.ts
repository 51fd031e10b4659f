import Type, { type Static } from 'typebox';
import { SdistSchema } from './build.ts';
import { BundledLibrarySchema, SharedLibrarySchema } from './libraries.ts';
import { WheelProofSchema } from './wheel-proof.ts';

const Text = Type.String();
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** PEP 592: true, or the reason. */
const Yanked = Type.Union([Type.Literal(true), Text]);

/**
 * `wheels/<project>/<filename>.json`: a stored wheel. Writing it is the one commit point: bytes and `.metadata` are
 * there before it, pages come after it.
 */
export const WheelRecordSchema = Type.Object({
  schema: Type.Literal(1),
  project: Text,
  version: Text,
  filename: Text,
  sha256: Hash,
  /** Bytes. */
  size: Type.Integer({ minimum: 0 }),
  /** Of the `.metadata` object beside the wheel (PEP 658). */
  metadataSha256: Hash,
  requiresPython: Type.Optional(Text),
  uploadedAt: Type.String({ format: 'date-time' }),
  yanked: Type.Optional(Yanked),
  /** Somebody here has yanked it, whatever upstream says of a copy; `before` is what a copy was when it came. */
  yankedHere: Type.Optional(Type.Object({ before: Type.Optional(Yanked) })),
  /** `prebuild`: built with one list's own options; listed on that prebuild's page only. */
  visibility: Type.Union([Type.Literal('public'), Type.Literal('prebuild')]),
  origin: Type.Union([Type.Literal('built'), Type.Literal('mirrored'), Type.Literal('uploaded')]),
  /**
   * Shared libraries that its files ask for beyond itself, with the packages of the platform it was built on; which of them
   * are needed depends on the image. Missing where nobody has looked.
   */
  libraries: Type.Optional(Type.Array(SharedLibrarySchema)),
  /** Shared libraries of the build image that were put into the wheel. */
  bundled: Type.Optional(Type.Array(BundledLibrarySchema)),
  /** Missing in records of before it was kept, and where nothing was built here. */
  proof: Type.Optional(WheelProofSchema),
  /** How it was built, for `built` ones; what a later list must equal for this wheel to be its hit. */
  build: Type.Optional(
    Type.Object({
      key: Hash,
      sdist: SdistSchema,
      target: Text,
      image: Text,
      /** `debian-trixie-glibc-2.41-amd64`: what must agree besides the tags, unless it is pure. */
      platform: Text,
      /** Its tags say that it runs everywhere, and no machine code in it denies that: built on one platform it serves all. */
      pure: Type.Optional(Type.Literal(true)),
      procedure: Text,
      recipe: Hash,
      /** Milliseconds that the build itself took: what every hit of this wheel spares. Missing in records of before it was kept. */
      took: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ),
});
export type WheelRecord = Static<typeof WheelRecordSchema>;
