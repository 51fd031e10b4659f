import { isDeepStrictEqual } from 'node:util';
import { Compile } from 'typebox/compile';
import { recipeFaults } from '../../../core/recipe-faults.ts';
import { type VersionRecipe, VersionRecipesSchema } from '../../../core/records/project-recipes.ts';
import { FIELDS, type FieldFault, type FieldName, type Typed } from './fields.ts';
import { recipeOfTyped, typedOfRecipe } from './typed-recipe.ts';

const check = Compile(VersionRecipesSchema);

/** The recipes of a form, and all that is wrong with them: what the interface would say, at the field it is about. */
export function readRecipeForm(typed: readonly Typed[]): { recipes: VersionRecipe[]; faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const recipes = typed.map((one, index) =>
    recipeOfTyped(one, (field, message) => faults.push({ recipe: index + 1, field, message })),
  );
  for (const fault of check.Errors(recipes)) {
    const found = placeOf(fault.instancePath);
    const value = valueAt(recipes, fault.instancePath);
    faults.push({ ...found, message: `${typeof value === 'object' ? 'It' : JSON.stringify(value)} ${fault.message}.` });
  }
  for (const { recipe, field, message } of recipeFaults(recipes))
    faults.push({ recipe, field: fieldOf(field), message });
  return { recipes, faults: unique(faults) };
}

/** Whether a form can show recipes so that sending it unchanged changes nothing. */
export function fitsForm(recipes: readonly VersionRecipe[]): boolean {
  const again = recipes.map((one) => recipeOfTyped(typedOfRecipe(one), () => {}));
  return isDeepStrictEqual(plain(again), plain(recipes));
}

/** Without what is not there, and without lists and tables of nothing, which say as much; but no import is not the same as any. */
function plain(recipes: readonly VersionRecipe[]): unknown {
  const isNothing = (name: string, value: unknown) =>
    value === '' || (name !== 'imports' && typeof value === 'object' && Object.keys(value as object).length === 0);
  return recipes.map((one) =>
    Object.fromEntries(Object.entries(one).filter(([name, value]) => value !== undefined && !isNothing(name, value))),
  );
}

/** `/0/limits/memory` is the memory of the first; what is wrong with all of them stands at the first. */
function placeOf(path: string): Pick<FieldFault, 'recipe' | 'field'> {
  const [index = 0, ...parts] = path.split('/').slice(1);
  const field = parts.find((part): part is FieldName => (FIELDS as readonly string[]).includes(part));
  return { recipe: Number(index) + 1, field: field ?? 'versions' };
}

const fieldOf = (name: string): FieldName => FIELDS.find((one) => one === name) ?? 'versions';

function valueAt(recipes: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[unescaped(part)], recipes);
}

/** RFC 6901, section 4. */
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** A choice among words fails once for each word. */
function unique(faults: readonly FieldFault[]): FieldFault[] {
  return [...new Map(faults.map((one) => [JSON.stringify(one), one])).values()];
}
