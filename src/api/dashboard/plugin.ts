import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { BUILD_STATES, ReasonSchema } from '../../core/records/build.ts';
import { LISTED_PREBUILD_STATES } from '../../core/records/prebuild.ts';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import type { Api } from '../context.ts';
import type { Figures } from '../overview/overview.ts';
import { actionRoutes } from './actions.ts';
import { ASSET_URLS, assetRoutes } from './assets.ts';
import { answerOnPages } from './error-page.ts';
import { acceptForms } from './form-body.ts';
import { renderPage } from './layout.ts';
import { createLivePages } from './live.ts';
import { noteOf } from './notes.ts';
import type { Ask, PageMaker } from './page.ts';
import { buildPage } from './pages/build.ts';
import { buildsPage } from './pages/builds.ts';
import { failuresPage } from './pages/failures.ts';
import { overviewPage } from './pages/overview.ts';
import { prebuildPage } from './pages/prebuild.ts';
import { prebuildsPage } from './pages/prebuilds.ts';
import { projectPage } from './pages/project.ts';
import { projectsPage } from './pages/projects.ts';
import { recipePage } from './pages/recipe.ts';
import { targetsPage } from './pages/targets.ts';
import { linkOf } from './parts/pager.ts';
import { setPolicy } from './policy.ts';
import { recipeFormRoutes } from './recipe/routes.ts';
import { viewerOf } from './viewer.ts';

const Text = Type.Optional(Type.String({ maxLength: 200 }));
/** Base64 of what stands in an index: the names of a target and a project, the figures of a list. */
const Cursor = Type.Optional(Type.String({ maxLength: 2000 }));
const Digits = Type.Optional(Type.String({ pattern: '^\\d{1,9}$' }));
const oneOf = (names: readonly string[]) => Type.Optional(Type.String({ enum: ['', ...names] }));

/** The pages for people who run the mill. Everything on them is in the interface, too. */
export async function dashboard(scope: TypedApp, { api, figures }: { api: Api; figures: Figures }): Promise<void> {
  const live = createLivePages(api.changes);
  acceptForms(scope);
  scope.addHook('onSend', async (_request, reply) => setPolicy(reply));
  answerOnPages(scope);

  const page = (path: string, summary: string, query: Record<string, TSchema>, maker: PageMaker) => {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    const schema = {
      tags: ['dashboard'],
      params: Type.Object(Object.fromEntries(names.map((name) => [name, Type.String()]))),
      querystring: Type.Object({ ...query, note: Text }, { additionalProperties: false }),
    };
    const asked = (request: FastifyRequest, isUpdate: boolean): Omit<Ask, 'now'> => ({
      params: request.params as Record<string, string>,
      query: given(request.query as Record<string, string>),
      viewer: viewerOf(api.config, request),
      isUpdate,
    });
    const eventsOf = ({ url, query }: FastifyRequest) => {
      const { note: _, ...asked } = query as Record<string, string>;
      return linkOf(`${url.split('?')[0]}/events`, asked);
    };
    scope.get(path, { schema: { ...schema, summary, produces: ['text/html'] } }, async (request, reply) => {
      const ask = asked(request, false);
      const made = await maker.make({ ...ask, now: Date.now() });
      const events = maker.concerns && eventsOf(request);
      const note = noteOf(ask.query.note);
      return reply
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(renderPage(made, ask.viewer, { urls: ASSET_URLS, events, note }));
    });
    const { concerns } = maker;
    if (!concerns) return;
    scope.get(
      `${path}/events`,
      { schema: { ...schema, summary: `${summary}, as it changes`, produces: ['text/event-stream'] } },
      async (request, reply) => {
        const ask = asked(request, true);
        const make = () => maker.make({ ...ask, now: Date.now() });
        const key = JSON.stringify([path, ask.params, ask.query, ask.viewer.key]);
        // What there is not is said at once.
        if (!live.has(key)) await make();
        const updates = live.watch(key, { make, concerns: (change) => concerns(change, ask) }, gone(reply.raw));
        const events = async function* () {
          yield ': a comment starts the stream\n\n';
          for await (const one of updates) yield one === 'beat' ? ': \n\n' : `data: ${JSON.stringify(one)}\n\n`;
        };
        return reply
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          .type('text/event-stream')
          .send(Readable.from(events()));
      },
    );
  };

  page('/dashboard', 'How the mill stands', {}, overviewPage(figures));
  page(
    '/dashboard/prebuilds',
    'Prebuilds',
    { state: oneOf(LISTED_PREBUILD_STATES), cursor: Cursor },
    prebuildsPage(api),
  );
  page('/dashboard/prebuilds/:id', 'A prebuild', { attempt: Digits }, prebuildPage(api));
  const filters = { project: Text, state: oneOf(BUILD_STATES), reason: oneOf(REASONS), cursor: Cursor };
  page('/dashboard/builds', 'Builds', filters, buildsPage(api));
  page('/dashboard/builds/:key', 'A build', { find: Text, from: Digits }, buildPage(api));
  page('/dashboard/projects', 'Projects', { begins: Text, cursor: Cursor }, projectsPage(api));
  page('/dashboard/projects/:project', 'A project', {}, projectPage(api));
  page('/dashboard/projects/:project/recipe', 'The recipe of a project', {}, recipePage(api));
  page('/dashboard/targets', 'Targets', {}, targetsPage(api));
  page('/dashboard/failures', 'Failures by reason', {}, failuresPage(figures));
  for (const path of ['/', '/dashboard/'])
    scope.get(path, { schema: { tags: ['dashboard'], summary: 'To the overview' } }, async (_request, reply) =>
      reply.redirect('/dashboard'),
    );
  actionRoutes(scope, api, figures);
  scope.register((inner) => recipeFormRoutes(inner.withTypeProvider<TypeBoxTypeProvider>(), api, figures));
  assetRoutes(scope);
}

const REASONS = (ReasonSchema as unknown as { enum: string[] }).enum;

/** Empty fields of a form say nothing. */
function given(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}
