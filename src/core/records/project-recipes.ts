import Type, { type Static } from 'typebox';
import { RecipeSchema } from './recipe.ts';

const MIB = 1024 * 1024;

/** What one build may take, where that is not what the settings say: sizes in bytes, time in milliseconds. */
export const RecipeLimitsSchema = Type.Object(
  {
    memory: Type.Optional(Type.Integer({ minimum: 16 * MIB })),
    /** Of the work folder, which counts to the memory. */
    disk: Type.Optional(Type.Integer({ minimum: MIB })),
    /** Processes and threads. */
    pids: Type.Optional(Type.Integer({ minimum: 16, maximum: 100_000 })),
    /** From start to end. Timers of Node hold 31 bits. */
    time: Type.Optional(Type.Integer({ minimum: 1000, maximum: 2 ** 31 - 1 })),
  },
  { additionalProperties: false },
);
export type RecipeLimits = Static<typeof RecipeLimitsSchema>;

/** As an import statement has it. Python allows letters of all scripts, but nobody calls a distribution's package so. */
const ModuleName = Type.String({ pattern: '^[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)*$', maxLength: 200 });

/** The recipe of some versions of a project, with what does not change the bytes of its wheels. */
export const VersionRecipeSchema = Type.Object(
  {
    /** PEP 440 specifier of the versions it is for; all, where it is missing. */
    versions: Type.Optional(Type.String()),
    ...RecipeSchema.properties,
    limits: Type.Optional(RecipeLimitsSchema),
    /** Modules that the proof imports, in place of the topmost ones that the wheel has. */
    imports: Type.Optional(Type.Array(ModuleName, { maxItems: 64 })),
    /** Why it is as it is, for people. */
    note: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
);
export type VersionRecipe = Static<typeof VersionRecipeSchema>;

/** Nobody writes more by hand. */
export const VersionRecipesSchema = Type.Array(VersionRecipeSchema, { maxItems: 100 });

/** `recipes/<project>.json`: what an admin has set for a project, in place of what Wheelmill ships. */
export const ProjectRecipesSchema = Type.Object({
  schema: Type.Literal(1),
  project: Type.String(),
  recipes: VersionRecipesSchema,
  updatedAt: Type.String({ format: 'date-time' }),
});
export type ProjectRecipes = Static<typeof ProjectRecipesSchema>;
