import Type, { type Static } from 'typebox';

/** Debian policy 5.6.7: what a package may be called. */
export const DebianPackage = Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]+$', maxLength: 100 });

/** Per-project build settings. All fields here change bytes and are part of the build key. */
export const RecipeSchema = Type.Object(
  {
    /** Debian packages the build needs beyond the image. */
    packages: Type.Optional(Type.Array(DebianPackage)),
    /** Environment variables of the build. */
    environment: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Z_][A-Z0-9_]*$' }), Type.String())),
    /** PEP 517 config settings: a value, or the values of a repeated key. */
    configSettings: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))),
    /** Bounds for the packages of the build environment, `setuptools<58`. */
    buildConstraints: Type.Optional(Type.Array(Type.String())),
    /** The build front end; uv unless the project needs pip. */
    frontEnd: Type.Optional(Type.Union([Type.Literal('uv'), Type.Literal('pip')])),
    /**
     * What is done about libraries that the runtime image lacks: `bundle` (when left out) puts them into the wheel, `apt` leaves
     * them out, and the wheel needs their packages.
     */
    libraries: Type.Optional(Type.Union([Type.Literal('bundle'), Type.Literal('apt')])),
    /** What is done about debug information: `strip` (when left out) leaves it out of the wheel. */
    debugInformation: Type.Optional(Type.Union([Type.Literal('strip'), Type.Literal('keep')])),
  },
  { additionalProperties: false },
);
export type Recipe = Static<typeof RecipeSchema>;

export const EMPTY_RECIPE: Recipe = Object.freeze({});
