import Type, { type Static } from 'typebox';
import { VersionRecipesSchema } from '../../core/records/project-recipes.ts';
import type { EffectiveRecipes } from '../../storage/recipe-records.ts';

/** The recipes of a project as they count now. */
export const RecipesViewSchema = Type.Object({
  project: Type.String(),
  source: Type.Union([Type.Literal('shipped'), Type.Literal('stored')], {
    description: 'stored was set here; shipped came with Wheelmill',
  }),
  recipes: VersionRecipesSchema,
  updatedAt: Type.Optional(Type.String()),
  url: Type.String(),
});
export type RecipesView = Static<typeof RecipesViewSchema>;

export function recipesView(recipes: EffectiveRecipes, base: string): RecipesView {
  return { ...recipes, recipes: [...recipes.recipes], url: `${base}/api/v1/recipes/${recipes.project}` };
}
