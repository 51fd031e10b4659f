import type { NormalizedName } from '../../core/names.ts';
import { recipeFaults } from '../../core/recipe-faults.ts';
import type { VersionRecipe } from '../../core/records/project-recipes.ts';
import { WheelmillError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type EffectiveRecipes, readRecipes, removeRecipes, writeRecipes } from '../../storage/recipe-records.ts';

/** Sets the recipes of a project in place of all it has. Throws WheelmillError `bad-recipe` with all faults. */
export async function setRecipes(
  store: ObjectStore,
  project: NormalizedName,
  recipes: VersionRecipe[],
): Promise<EffectiveRecipes> {
  const faults = recipeFaults(recipes);
  if (faults.length > 0)
    throw new WheelmillError('bad-recipe', faults.map(({ message }) => message).join(' '), { faults });
  const updatedAt = new Date().toISOString();
  await writeRecipes(store, { schema: 1, project, recipes, updatedAt });
  return { project, source: 'stored', recipes, updatedAt };
}

/** Removes what was set for a project; what is shipped counts again. Throws WheelmillError `not-found` where nothing was. */
export async function unsetRecipes(store: ObjectStore, project: NormalizedName): Promise<void> {
  if ((await readRecipes(store, project))?.source !== 'stored')
    throw new WheelmillError('not-found', `No recipe was set for ${project}.`);
  await removeRecipes(store, project);
}
