import Type, { type Static } from 'typebox';
import { DebianPackage, SharedLibrarySchema } from './records/libraries.ts';

const Text = Type.String({ maxLength: 600 });
/** A dotted name, as Python may import it. */
const Module = Type.String({ maxLength: 600 });

/**
 * What came of importing a module: `ended` left no word, `slow` took too long. `through` are the other wheels whose code was
 * running, `within` is the wheel whose extension module cannot be loaded.
 */
export const ModuleFindingSchema = Type.Object({
  wheel: Text,
  module: Module,
  outcome: Type.Union([
    Type.Literal('imported'),
    Type.Literal('failed'),
    Type.Literal('crashed'),
    Type.Literal('ended'),
    Type.Literal('slow'),
  ]),
  exception: Type.Optional(Text),
  message: Type.Optional(Text),
  signal: Type.Optional(Text),
  through: Type.Optional(Type.Array(Text, { maxItems: 50 })),
  within: Type.Optional(Text),
});
export type ModuleFinding = Static<typeof ModuleFindingSchema>;

/** A library that the loader of an image does not find for a file of a wheel. */
export const UnresolvedSchema = Type.Object({ wheel: Text, file: Text, library: Text });
export type Unresolved = Static<typeof UnresolvedSchema>;

/** What was found of a list's wheels in one image (src/workers/run/scripts/proof.py). Wheels are named by their files. */
export const FoundSchema = Type.Object({
  installed: Type.Integer({ minimum: 0 }),
  uninstallable: Type.Array(Type.Object({ wheel: Text, message: Text }), { maxItems: 10_000 }),
  /** What pip says of requirements that are not met. */
  conflicts: Type.Array(Text, { maxItems: 50 }),
  unresolved: Type.Array(UnresolvedSchema, { maxItems: 500 }),
  modules: Type.Array(ModuleFindingSchema, { maxItems: 100_000 }),
  /** All that wheels ask for that were to be looked at. */
  libraries: Type.Record(Text, Type.Array(SharedLibrarySchema, { maxItems: 4096 })),
  owners: Type.Record(Text, DebianPackage),
});
export type Found = Static<typeof FoundSchema>;
