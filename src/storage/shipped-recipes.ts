import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { type VersionRecipe, VersionRecipesSchema } from '../core/records/project-recipes.ts';
import { checked } from './json-records.ts';

/** One file a project, `<project>.toml`, with a table `[[recipe]]` for each range of versions. */
const FOLDER = new URL('../recipes/', import.meta.url);

let shipped: ReadonlyMap<string, readonly VersionRecipe[]> | undefined;

/** The recipes that come with Wheelmill, by project; read once. */
export function shippedRecipes(): ReadonlyMap<string, readonly VersionRecipe[]> {
  shipped ??= new Map(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.toml'))
      .sort()
      .map((name) => {
        const { recipe } = parse(readFileSync(fileURLToPath(new URL(name, FOLDER)), 'utf8'));
        return [name.replace(/\.toml$/, ''), checked(VersionRecipesSchema, recipe, `The shipped recipe ${name}`)];
      }),
  );
  return shipped;
}
