import Type from 'typebox';
import type { TypedApp } from '../app.ts';
import { knownBuildKey } from '../builds/build-key.ts';
import { cancelBuild } from '../builds/cancel.ts';
import { retryBuild } from '../builds/retry.ts';
import { startVerification } from '../builds/verification.ts';
import { buildView } from '../builds/view.ts';
import { gone } from '../changes.ts';
import { clientOf, senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import type { Figures } from '../overview/overview.ts';
import { cancelPrebuild } from '../prebuilds/cancel.ts';
import { knownId } from '../prebuilds/known-id.ts';
import { retryPrebuild } from '../prebuilds/retry.ts';
import { remove, takeDeletionBack, takeYankBack, yank } from '../projects/change.ts';
import { Reason } from '../projects/control-routes.ts';
import { knownName } from '../projects/name.ts';
import { WhichSchema } from '../projects/which.ts';
import { acceptHealed } from '../recipes/accept.ts';
import type { NOTES } from './notes.ts';

/** Whoever cancels sees within so many seconds that it has stopped, or is told that it is about to. */
const CANCEL_SECONDS = 5;

const tags = ['dashboard'];
const Key = Type.Object({ key: Type.String() });
const Id = Type.Object({ id: Type.String() });
const Project = Type.Object({ project: Type.String() });
const Nothing = Type.Optional(Type.Object({}, { additionalProperties: false }));
const Which = Type.Object(WhichSchema.properties, { additionalProperties: false });
const WhichAndWhy = Type.Object({ ...WhichSchema.properties, reason: Reason }, { additionalProperties: false });
const Back = Type.Object(
  { back: Type.Optional(Type.Union([Type.Literal('overview'), Type.Literal('project')])) },
  { additionalProperties: false },
);

/** What the buttons of the pages do: the same as the routes of the interface, answered with the page to look at then. */
export function actionRoutes(app: TypedApp, api: Api, figures: Figures): void {
  const to = (path: string, note: keyof typeof NOTES): string => {
    figures.outdate();
    return `${path}?note=${note}`;
  };

  app.post(
    '/dashboard/prebuilds/:id/retry',
    { schema: { tags, summary: 'Try a prebuild again', params: Id, body: Nothing } },
    async (request, reply) => {
      const id = knownId(request.params.id);
      await retryPrebuild(api, id, clientOf(senderOf(request)), request.id);
      return reply.redirect(to(`/dashboard/prebuilds/${id}`, 'retried'), 303);
    },
  );

  app.post(
    '/dashboard/prebuilds/:id/cancel',
    { schema: { tags, summary: 'Cancel a prebuild', params: Id, body: Nothing } },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const status = await cancelPrebuild(api, id, CANCEL_SECONDS, gone(reply.raw));
      const note = status?.endedAt ? 'cancelled' : 'cancelling';
      return reply.redirect(to(`/dashboard/prebuilds/${id}`, note), 303);
    },
  );

  app.post(
    '/dashboard/builds/:key/retry',
    { schema: { tags, summary: 'Try a build again', params: Key, body: Nothing } },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      await retryBuild(api, key, clientOf(senderOf(request)), request.id);
      return reply.redirect(to(`/dashboard/builds/${key}`, 'retried'), 303);
    },
  );

  app.post(
    '/dashboard/builds/:key/cancel',
    { schema: { tags, summary: 'Cancel a build for all who wait', params: Key, body: Nothing } },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      await cancelBuild(api, key, { force: true, seconds: CANCEL_SECONDS, signal: gone(reply.raw) });
      const { endedAt } = await buildView(api, key, '');
      return reply.redirect(to(`/dashboard/builds/${key}`, endedAt ? 'cancelled' : 'cancelling'), 303);
    },
  );

  app.post(
    '/dashboard/builds/:key/verify',
    { schema: { tags, summary: 'Build a stored wheel again and compare', params: Key, body: Nothing } },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      await startVerification(api, key, request.token?.name);
      return reply.redirect(to(`/dashboard/builds/${key}`, 'verifying'), 303);
    },
  );

  app.post(
    '/dashboard/builds/:key/recipe',
    { schema: { tags, summary: 'Accept what self-healing found', params: Key, body: Type.Optional(Back) } },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      const { project } = await acceptHealed(api.store, key);
      const places = { overview: '/dashboard', project: `/dashboard/projects/${project}` };
      const back = request.body?.back;
      return reply.redirect(to(back ? places[back] : `/dashboard/builds/${key}`, 'accepted'), 303);
    },
  );

  const changes = [
    ['yank', 'Yank wheels', 'yanked'],
    ['unyank', 'Take a yank back', 'unyanked'],
    ['delete', 'Delete wheels', 'deleted'],
    ['undelete', 'Take a deletion back', 'undeleted'],
  ] as const;
  for (const [name, summary, note] of changes) {
    const withReason = name === 'yank' || name === 'delete';
    app.post(
      `/dashboard/projects/:project/${name}`,
      { schema: { tags, summary, params: Project, body: withReason ? WhichAndWhy : Which } },
      async (request, reply) => {
        const project = knownName(request.params.project);
        const { reason, ...which }: { reason?: string; version?: string; filename?: string } = request.body;
        if (name === 'yank') await yank(api, project, which, reason);
        else if (name === 'unyank') await takeYankBack(api, project, which);
        else if (name === 'delete') await remove(api, project, which, reason);
        else await takeDeletionBack(api, project, which);
        return reply.redirect(to(`/dashboard/projects/${project}`, note), 303);
      },
    );
  }
}
