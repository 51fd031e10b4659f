import { parseVersion } from '../../core/version.ts';
import { versionRecipe } from '../../core/version-recipe.ts';
import { readBuildRecord } from '../../storage/build-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { buildFigures, type RecentEntry } from '../../storage/recent.ts';
import { readRecipes } from '../../storage/recipe-records.ts';

/** Debian packages that self-healing found for a build, and no recipe has. */
export type Suggestion = { key: string; project: string; version: string; packages: string[] };

/** Builds that are looked at; a person decides about a few at a time. */
const MOST = 20;

/** What a person may accept of what the last day's builds were healed with: of each project the newest. */
export async function openSuggestions(store: ObjectStore, builds: readonly RecentEntry[]): Promise<Suggestion[]> {
  const healed = builds.filter((one) => one.state === 'stored' && buildFigures(one).healed);
  const newest = [...new Map(healed.toReversed().map((one) => [one.project, one])).values()].slice(-MOST);
  const found = await Promise.all(newest.map(({ id }) => suggestionOf(store, id)));
  return found.filter((one) => one !== undefined);
}

/** Undefined where nothing was found, or all of it is in the project's recipe by now. */
export async function suggestionOf(store: ObjectStore, key: string): Promise<Suggestion | undefined> {
  const build = await readBuildRecord(store, key);
  if (build?.state !== 'stored' || !build.healed) return undefined;
  const { project, version, healed } = build;
  const recipes = (await readRecipes(store, project))?.recipes ?? [];
  const accepted = new Set(versionRecipe(recipes, parseVersion(version))?.packages);
  if (healed.packages.every((one) => accepted.has(one))) return undefined;
  return { key, project, version, packages: [...healed.packages] };
}
