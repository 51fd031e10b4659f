import type { RecipeLimits, VersionRecipe } from './records/project-recipes.ts';
import { EMPTY_RECIPE, type Recipe, RecipeSchema } from './records/recipe.ts';
import { parseSpecifier, satisfies } from './specifier.ts';
import type { Version } from './version.ts';

/** The first of a project's recipes that is for this version; undefined where there is none. */
export function versionRecipe(recipes: readonly VersionRecipe[], version: Version): VersionRecipe | undefined {
  return recipes.find(({ versions = '' }) => satisfies(version, parseSpecifier(versions), { prereleases: true }));
}

/** Its fields that change bytes, and are part of the build key; empty ones are as good as none. */
export function recipeOf(recipes: readonly VersionRecipe[], version: Version): Recipe {
  const found = versionRecipe(recipes, version);
  if (!found) return EMPTY_RECIPE;
  const fields = Object.keys(RecipeSchema.properties) as (keyof Recipe)[];
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = found[field];
      return value === undefined || isEmpty(value) ? [] : [[field, normalized(value)]];
    }),
  );
}

/** Its limits, which are not part of the key. */
export function limitsOf(recipes: readonly VersionRecipe[], version: Version): RecipeLimits {
  return versionRecipe(recipes, version)?.limits ?? {};
}

/** The modules that its proof imports; undefined for those that the wheel is found to have. */
export function importsOf(recipes: readonly VersionRecipe[], version: Version): readonly string[] | undefined {
  return versionRecipe(recipes, version)?.imports;
}

const isEmpty = (value: object | string): boolean => typeof value === 'object' && Object.keys(value).length === 0;

/** Lists are sets: in which order somebody wrote them changes nothing. */
const normalized = (value: Recipe[keyof Recipe]) => (Array.isArray(value) ? [...new Set(value)].sort() : value);
