import Type from 'typebox';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import { clientOf, senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { CancelWait } from '../control.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { cancelPrebuild } from './cancel.ts';
import { knownId, unknownPrebuild } from './known-id.ts';
import { retryPrebuild } from './retry.ts';
import { PrebuildViewSchema, prebuildView } from './view.ts';

const Id = Type.Object({ id: Type.String({ description: 'Prebuild id' }) });
const tags = ['prebuilds'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** What people do to a prebuild. */
export function prebuildControlRoutes(app: TypedApp, api: Api): void {
  app.delete(
    '/api/v1/prebuilds/:id',
    {
      schema: {
        tags,
        summary: 'Cancel the attempt under way, with the builds nobody else waits for',
        params: Id,
        querystring: Type.Object({ wait: CancelWait }),
        response: { 200: PrebuildViewSchema, 202: PrebuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const status = await cancelPrebuild(api, id, request.query.wait, gone(reply.raw));
      if (!status) throw unknownPrebuild(id);
      request.log.info(
        { prebuild: id, attempt: status.attempt, state: status.state },
        'prebuild was asked to be cancelled',
      );
      return reply.code(status.endedAt ? 200 : 202).send(prebuildView(status, publicUrl(api.config, request)));
    },
  );

  app.post(
    '/api/v1/prebuilds/:id/retry',
    {
      schema: {
        tags,
        summary: 'Begin a new attempt of a prebuild that failed or was cancelled, without sending the list again',
        description: 'While an attempt is under way, this answers with that.',
        params: Id,
        response: { 200: PrebuildViewSchema, 202: PrebuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const status = await retryPrebuild(api, knownId(request.params.id), clientOf(senderOf(request)), request.id);
      const view = prebuildView(status, publicUrl(api.config, request));
      return reply
        .code(view.endedAt ? 200 : 202)
        .header('location', view.url)
        .send(view);
    },
  );
}
