import { type Html, html } from '../../../core/html.ts';
import type { NormalizedName } from '../../../core/names.ts';
import { type EffectiveRecipes, readRecipes } from '../../../storage/recipe-records.ts';
import type { Api } from '../../context.ts';
import { knownName } from '../../projects/name.ts';
import type { Page, PageMaker } from '../page.ts';
import { carefulAction } from '../parts/action.ts';
import { moment } from '../parts/amounts.ts';
import { type FieldFault, nameOf, type Typed } from '../recipe/fields.ts';
import { fitsForm } from '../recipe/read-form.ts';
import { typedOfRecipe } from '../recipe/typed-recipe.ts';
import { projectLink } from './links.ts';
import { recipeFieldset } from './recipe-fieldset.ts';

/** The form for a project's recipes. It changes by nobody else's doing: what is typed stays. */
export function recipePage(api: Api): PageMaker {
  return {
    async make({ params }) {
      const project = knownName(params.project!);
      const found = await readRecipes(api.store, project);
      const typed = (found?.recipes ?? []).map(typedOfRecipe);
      return recipeFormPage({ project, found, typed, faults: [] });
    },
  };
}

/** What is shown of a form: as it was typed, with all that is wrong with it. */
export type RecipeForm = {
  project: NormalizedName;
  /** What counts now. */
  found: EffectiveRecipes | undefined;
  typed: readonly Typed[];
  faults: readonly FieldFault[];
  /** What is wrong with the whole. */
  refusal?: string;
};

export const versionOf = (found: EffectiveRecipes | undefined): string => found?.updatedAt ?? found?.source ?? 'none';

export function recipeFormPage(form: RecipeForm): Page {
  const { project, found } = form;
  const path = `/dashboard/projects/${project}/recipe`;
  const isShown = form.faults.length > 0 || form.refusal !== undefined || fitsForm(found?.recipes ?? []);
  const body = html`<h1>Recipe of ${projectLink(project)}</h1>
<p>How it is built where the build image and today's tools are not enough. Of several recipes the first that is for a version counts. ${standing(found)}</p>
${form.refusal !== undefined && html`<p class="problem" role="alert">${form.refusal}</p>`}
${summary(form.faults)}
${isShown ? editor(path, form) : html`<p class="problem">It has what this form cannot show, such as a value of several lines. Change it by <code>wheelmill recipe set ${project} --file FILE</code>.</p>`}
${
  found?.source === 'stored' &&
  html`<div class="actions">${carefulAction(path, {
    label: 'Remove what was set',
    about: 'What comes with Wheelmill for this project counts again, if there is anything.',
    fields: [
      ['do', 'remove'],
      ['seen', versionOf(found)],
    ],
    withReason: false,
  })}</div>`
}`;
  return {
    ...{ title: `Recipe of ${project}`, section: 'projects', json: `/api/v1/recipes/${project}` },
    parts: [{ name: 'recipe', body }],
  };
}

function standing(found: EffectiveRecipes | undefined): Html {
  if (!found) return html`It has none: it is built as it is.`;
  if (found.source === 'shipped') return html`Those here come with Wheelmill; what is saved counts in their place.`;
  return html`Set here${found.updatedAt !== undefined && html`, last on ${moment(found.updatedAt)}`}.`;
}

function summary(faults: readonly FieldFault[]): Html | false {
  const item = ({ recipe, field, message }: FieldFault) =>
    html`<li><a href="#${nameOf(recipe, field)}">Recipe ${recipe}</a>: ${message}</li>`;
  return (
    faults.length > 0 &&
    html`<div class="problem" role="alert"><p>Nothing was saved: the recipe has faults.</p><ul>${faults.map(item)}</ul></div>`
  );
}

function editor(path: string, { found, typed, faults }: RecipeForm): Html {
  // One more, for what is added.
  const all = [...typed, {}];
  return html`<form method="post" action="${path}" class="recipe">
<input type="hidden" name="seen" value="${versionOf(found)}">
${all.map((one, at) => {
  const number = at + 1;
  const isNew = at === typed.length;
  const fieldset = recipeFieldset(
    isNew ? 'A recipe' : `Recipe ${number}`,
    number,
    one,
    faults.filter(({ recipe }) => recipe === number),
  );
  return isNew && at > 0
    ? html`<details class="more"><summary>Add another recipe</summary>${fieldset}</details>`
    : fieldset;
})}
<p class="hint">A recipe with every field empty is left out. With all of them empty the project is built as it is, and what comes with Wheelmill does not count.</p>
<div class="actions"><button class="primary" name="do" value="save">Save</button></div>
</form>`;
}
