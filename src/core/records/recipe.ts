import Type, { type Static } from 'typebox';

/** Per-project build settings. All fields here change bytes and are part of the build key. */
export const RecipeSchema = Type.Object(
  {
    /** Debian packages the build needs beyond the image. */
    packages: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]+$' }))),
    /** Environment variables of the build. */
    environment: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Z_][A-Z0-9_]*$' }), Type.String())),
    /** PEP 517 config settings: a value, or the values of a repeated key. */
    configSettings: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))),
    /** The build front end; uv unless the project needs pip. */
    frontEnd: Type.Optional(Type.Union([Type.Literal('uv'), Type.Literal('pip')])),
    /**
     * What is done about libraries that the runtime image lacks: `bundle` (when left out) puts them into the wheel, `apt` leaves
     * them out, and the wheel needs their packages.
     */
    libraries: Type.Optional(Type.Union([Type.Literal('bundle'), Type.Literal('apt')])),
  },
  { additionalProperties: false },
);
export type Recipe = Static<typeof RecipeSchema>;

export const EMPTY_RECIPE: Recipe = Object.freeze({});
