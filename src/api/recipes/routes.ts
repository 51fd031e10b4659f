import Type from 'typebox';
import { CoreError } from '../../core/faults.ts';
import { type NormalizedName, normalizeName } from '../../core/names.ts';
import { VersionRecipesSchema } from '../../core/records/project-recipes.ts';
import { WheelmillError } from '../../errors.ts';
import { listRecipes, readRecipes } from '../../storage/recipe-records.ts';
import type { TypedApp } from '../app.ts';
import { BuildKey, knownBuildKey } from '../builds/build-key.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { acceptHealed } from './accept.ts';
import { setRecipes, unsetRecipes } from './change.ts';
import { RecipesViewSchema, recipesView } from './view.ts';

const tags = ['recipes'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };
const Project = Type.Object({ project: Type.String({ description: 'In any spelling of its name' }) });

/** How projects are built that need more than the build image and today's tools. */
export function recipeRoutes(app: TypedApp, api: Api): void {
  const { store } = api;
  app.get(
    '/api/v1/recipes',
    {
      schema: {
        tags,
        summary: 'The recipes of every project that has any, by name',
        response: { 200: Type.Object({ items: Type.Array(RecipesViewSchema) }), ...problems },
      },
    },
    async (request) => {
      const base = publicUrl(api.config, request);
      return { items: (await listRecipes(store)).map((one) => recipesView(one, base)) };
    },
  );

  app.get(
    '/api/v1/recipes/:project',
    {
      schema: {
        tags,
        summary: 'The recipes of a project: those that were set, else those that Wheelmill ships',
        params: Project,
        response: { 200: RecipesViewSchema, ...problems },
      },
    },
    async (request) => {
      const project = projectOf(request.params.project);
      const found = await readRecipes(store, project);
      if (found) return recipesView(found, publicUrl(api.config, request));
      throw new WheelmillError('not-found', `There is no recipe for ${project}: it is built as it is.`);
    },
  );

  app.put(
    '/api/v1/recipes/:project',
    {
      schema: {
        tags,
        summary: 'Set the recipes of a project, in place of all it has',
        description: 'Of several the first that is for a version counts. An empty list turns shipped ones off.',
        params: Project,
        body: Type.Object({ recipes: VersionRecipesSchema }, { additionalProperties: false }),
        response: { 200: RecipesViewSchema, ...problems },
      },
    },
    async (request) => {
      const project = projectOf(request.params.project);
      const { recipes } = request.body;
      return recipesView(await setRecipes(store, project, recipes), publicUrl(api.config, request));
    },
  );

  app.post(
    '/api/v1/builds/:key/recipe',
    {
      schema: {
        tags,
        summary: 'Accept what self-healing found for a build as the recipe of its project',
        params: BuildKey,
        response: { 200: RecipesViewSchema, ...problems },
      },
    },
    async (request) =>
      recipesView(await acceptHealed(store, knownBuildKey(request.params.key)), publicUrl(api.config, request)),
  );

  app.delete(
    '/api/v1/recipes/:project',
    {
      schema: {
        tags,
        summary: 'Remove the recipes that were set for a project; shipped ones count again',
        params: Project,
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      await unsetRecipes(store, projectOf(request.params.project));
      return reply.code(204).send(null);
    },
  );
}

function projectOf(text: string): NormalizedName {
  try {
    return normalizeName(text);
  } catch (error) {
    if (error instanceof CoreError) throw new WheelmillError('bad-request', error.message, { cause: error });
    throw error;
  }
}
