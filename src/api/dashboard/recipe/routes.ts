import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { ERRORS, WheelmillError } from '../../../errors.ts';
import { readRecipes } from '../../../storage/recipe-records.ts';
import type { TypedApp } from '../../app.ts';
import type { Api } from '../../context.ts';
import type { Figures } from '../../overview/overview.ts';
import { knownName } from '../../projects/name.ts';
import { setRecipes, unsetRecipes } from '../../recipes/change.ts';
import { ASSET_URLS } from '../assets.ts';
import { acceptForms } from '../form-body.ts';
import { renderPage } from '../layout.ts';
import { type RecipeForm, recipeFormPage, versionOf } from '../pages/recipe.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { typedRecipes } from './fields.ts';
import { readRecipeForm } from './read-form.ts';
import { typedOfRecipe } from './typed-recipe.ts';

/** A hundred recipes with all that fits into their fields. */
const MAX_FORM_BYTES = 512 * 1024;

const tags = ['dashboard'];
const Project = Type.Object({ project: Type.String() });
const Form = Type.Record(Type.String(), Type.String());

const CHANGED =
  'Somebody has changed the recipe since this form was opened, and nothing was saved. What you typed is still here: saving it now takes the place of theirs.';

const NOT_REMOVED =
  'Somebody has changed the recipe since this page was opened, and nothing was removed. This is what counts now.';

/** What the form of a project's recipes does: the same as the routes of the interface. What has faults is shown again as it was typed. */
export async function recipeFormRoutes(app: TypedApp, api: Api, figures: Figures): Promise<void> {
  acceptForms(app, MAX_FORM_BYTES);
  app.post(
    '/dashboard/projects/:project/recipe',
    { bodyLimit: MAX_FORM_BYTES, schema: { tags, summary: 'Set or remove a recipe', params: Project, body: Form } },
    async (request, reply) => {
      const project = knownName(request.params.project);
      const path = `/dashboard/projects/${project}/recipe`;
      const { do: wish, seen, ...fields } = request.body;
      const { typed: byNumber, unknown } = typedRecipes(fields);
      if (unknown.length > 0 || (wish !== 'save' && wish !== 'remove'))
        throw new WheelmillError(
          'bad-request',
          `A form of a recipe has no ${unknown.length > 0 ? unknown.slice(0, 5).join(', ') : 'such wish'}.`,
        );
      const to = (note: string) => {
        figures.outdate();
        return reply.redirect(`${path}?note=${note}`, 303);
      };
      const found = await readRecipes(api.store, project);
      const isOld = seen !== versionOf(found);
      if (wish === 'remove') {
        if (!isOld) {
          await unsetRecipes(api.store, project);
          return to('recipe-removed');
        }
        const typed = (found?.recipes ?? []).map(typedOfRecipe);
        const form = { project, found, typed, faults: [], refusal: NOT_REMOVED };
        return sendForm(reply, form, viewerOf(api.config, request));
      }
      const typed = [...byNumber.values()];
      const { recipes, faults } = readRecipeForm(typed);
      const form: RecipeForm = { project, found, typed, faults };
      if (isOld) form.refusal = CHANGED;
      if (form.refusal !== undefined || faults.length > 0) return sendForm(reply, form, viewerOf(api.config, request));
      await setRecipes(api.store, project, recipes);
      return to('recipe-set');
    },
  );
}

function sendForm(reply: FastifyReply, form: RecipeForm, viewer: Viewer): FastifyReply {
  return reply
    .code(form.faults.length > 0 ? ERRORS['bad-recipe'].status : 409)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderPage(recipeFormPage(form), viewer, { urls: ASSET_URLS }));
}
