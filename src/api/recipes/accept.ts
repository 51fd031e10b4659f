import type { BuildRecord } from '../../core/records/build.ts';
import type { VersionRecipe } from '../../core/records/project-recipes.ts';
import { parseVersion } from '../../core/version.ts';
import { versionRecipe } from '../../core/version-recipe.ts';
import { WheelmillError } from '../../errors.ts';
import { readBuildRecord } from '../../storage/build-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type EffectiveRecipes, readRecipes, writeRecipes } from '../../storage/recipe-records.ts';
import { unknownBuild } from '../builds/build-key.ts';

/**
 * Makes the packages that self-healing found for a build a part of its project's recipe: of the one that was for its version,
 * else of a new one for all versions. From then on it is built so for all.
 *
 * @throws WheelmillError `not-found` for a build that was not healed
 */
export async function acceptHealed(store: ObjectStore, key: string): Promise<EffectiveRecipes> {
  const build = await readBuildRecord(store, key);
  if (!build) throw unknownBuild(key);
  if (!build.healed)
    throw new WheelmillError(
      'not-found',
      `The build of ${build.project} ${build.version} needed no healing: there is nothing to accept.`,
    );
  const { project } = build;
  const before = (await readRecipes(store, project))?.recipes ?? [];
  const recipes = withPackages(before, build, build.healed.packages);
  const updatedAt = new Date().toISOString();
  await writeRecipes(store, { schema: 1, project, recipes, updatedAt });
  return { project, source: 'stored', recipes, updatedAt };
}

function withPackages(
  before: readonly VersionRecipe[],
  build: BuildRecord,
  packages: readonly string[],
): VersionRecipe[] {
  const found = versionRecipe(before, parseVersion(build.version));
  const all = [...new Set([...(found?.packages ?? []), ...packages])].sort();
  if (found) return before.map((one) => (one === found ? { ...one, packages: all } : one));
  const note = `Found by building ${build.version}; accepted.`;
  return [...before, { packages: all, note }];
}
