import type { BuildRequest } from '../../core/records/build.ts';
import { parseVersion } from '../../core/version.ts';
import { limitsOf as recipeLimits } from '../../core/version-recipe.ts';
import { readRecipes } from '../../storage/recipe-records.ts';
import type { Limits } from '../builder.ts';
import { limitsOf, type Worker } from '../context.ts';

/** What a build of this version may take now: by the settings, and by what its project's recipe says of limits. */
export async function buildLimits(
  { store, config }: Pick<Worker, 'store' | 'config'>,
  { project, version }: Pick<BuildRequest, 'project' | 'version'>,
): Promise<Limits> {
  const recipes = await readRecipes(store, project);
  return limitsOf(config, recipeLimits(recipes?.recipes ?? [], parseVersion(version)));
}
