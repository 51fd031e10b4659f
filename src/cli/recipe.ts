import { normalizeName } from '../core/names.ts';
import type { VersionRecipe } from '../core/records/project-recipes.ts';
import { isSha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import { Client } from './client.ts';
import type { Connection } from './connection.ts';
import { EXIT } from './exit.ts';
import { type RecipeOptions, recipeFrom, recipesFromFile } from './recipe-options.ts';
import { recipesText } from './recipe-text.ts';

type Options = Connection & { json?: boolean };

/** Prints the recipes of a project, or of all that have any. */
export async function showRecipes(project: string | undefined, { server, token, json }: Options): Promise<number> {
  const client = new Client({ server, token });
  const found = project === undefined ? await client.recipes() : await one(client, project);
  process.stdout.write(
    json ? `${JSON.stringify(project === undefined ? { items: found } : found[0])}\n` : recipesText(found),
  );
  return EXIT.done;
}

async function one(client: Client, project: string) {
  const found = await client.recipesOf(normalizeName(project));
  if (found) return [found];
  throw new WheelmillError('not-found', `There is no recipe for ${project}: it is built as it is.`);
}

/**
 * Sets the recipe of a project for a range of versions, and leaves those of other ranges as they are; or, from a file, all of
 * them at once.
 */
export async function setRecipe(
  project: string,
  { server, token, json, ...given }: Options & RecipeOptions,
): Promise<number> {
  const client = new Client({ server, token });
  const name = normalizeName(project);
  const recipes =
    given.file === undefined ? await changed(client, name, recipeFrom(given)) : recipesFromFile(given.file);
  const view = await client.setRecipes(name, recipes);
  process.stdout.write(json ? `${JSON.stringify(view)}\n` : recipesText([view]));
  return EXIT.done;
}

/** Makes what self-healing found for a build the recipe of its project. */
export async function acceptRecipe(key: string, { server, token, json }: Options): Promise<number> {
  if (!isSha256(key)) throw new WheelmillError('bad-request', `"${key.slice(0, 80)}" is no build key (64 digits).`);
  const view = await new Client({ server, token }).acceptRecipe(key);
  process.stdout.write(json ? `${JSON.stringify(view)}\n` : recipesText([view]));
  return EXIT.done;
}

/** Removes all that was set for a project, or only what is for exactly this range. */
export async function removeRecipe(
  project: string,
  { server, token, json, versions }: Options & { versions?: string },
): Promise<number> {
  const client = new Client({ server, token });
  const name = normalizeName(project);
  if (versions === undefined) await client.removeRecipes(name);
  else {
    const before = (await one(client, name)).flatMap(({ recipes }) => recipes);
    const left = before.filter((recipe) => recipe.versions !== versions);
    if (left.length === before.length)
      throw new WheelmillError('not-found', `${project} has no recipe for the versions ${versions}.`);
    await client.setRecipes(name, left);
  }
  const text = `The recipe of ${name}${versions === undefined ? '' : ` for ${versions}`} is removed.`;
  process.stdout.write(
    `${json ? JSON.stringify({ items: (await client.recipes()).filter((one) => one.project === name) }) : text}\n`,
  );
  return EXIT.done;
}

/** The recipes with this one among them: in the place of the one for the same versions, else before all others. */
async function changed(client: Client, project: string, recipe: VersionRecipe): Promise<VersionRecipe[]> {
  const before = (await client.recipesOf(project))?.recipes ?? [];
  const isSame = (other: VersionRecipe) => other.versions === recipe.versions;
  if (before.some(isSame)) return before.map((other) => (isSame(other) ? recipe : other));
  // One for all versions must be the last, or those after it would never be used.
  return recipe.versions === undefined ? [...before, recipe] : [recipe, ...before];
}
