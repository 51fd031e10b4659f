import { type ProjectRecipes, ProjectRecipesSchema, type VersionRecipe } from '../core/records/project-recipes.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { shippedRecipes } from './shipped-recipes.ts';

/** The recipes of a project as they count now, and whose they are. */
export type EffectiveRecipes = {
  project: string;
  source: 'shipped' | 'stored';
  recipes: readonly VersionRecipe[];
  updatedAt?: string;
};

/** What was set for a project, else what is shipped for it; undefined where there is neither. */
export async function readRecipes(store: ObjectStore, project: string): Promise<EffectiveRecipes | undefined> {
  const stored = await readRecord(store, paths.recipes(project), ProjectRecipesSchema);
  if (stored) return { project, source: 'stored', recipes: stored.recipes, updatedAt: stored.updatedAt };
  const shipped = shippedRecipes().get(project);
  return shipped && { project, source: 'shipped', recipes: shipped };
}

/** The recipes of every project that has any, by name. */
export async function listRecipes(store: ObjectStore): Promise<EffectiveRecipes[]> {
  const projects = new Set(shippedRecipes().keys());
  for await (const key of store.list(paths.allRecipes()))
    projects.add(
      key
        .split('/')
        .at(-1)!
        .replace(/\.json$/, ''),
    );
  const found = await Promise.all([...projects].sort().map((project) => readRecipes(store, project)));
  return found.filter((one) => one !== undefined);
}

/** Takes the place of what is set or shipped for the project. */
export function writeRecipes(store: ObjectStore, recipes: ProjectRecipes): Promise<void> {
  return writeRecord(store, paths.recipes(recipes.project), ProjectRecipesSchema, recipes);
}

/** Leaves the project what is shipped for it. */
export function removeRecipes(store: ObjectStore, project: string): Promise<void> {
  return store.remove(paths.recipes(project));
}
