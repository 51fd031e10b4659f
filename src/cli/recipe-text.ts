import { stringify } from 'smol-toml';
import type { RecipesView } from '../api/recipes/view.ts';

/** Recipes as people read them: as a file for `wheelmill recipe set --file` would have them, under the project's name. */
export function recipesText(views: readonly RecipesView[]): string {
  if (views.length === 0) return 'No project has a recipe.\n';
  return views.map(({ project, source, recipes }) => `# ${project} (${source})\n${body(recipes)}`).join('\n');
}

function body(recipes: RecipesView['recipes']): string {
  return recipes.length === 0
    ? '# built as it is: the shipped recipe is turned off\n'
    : `${stringify({ recipe: recipes }).trim()}\n`;
}
