import Type from 'typebox';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import { clientOf, senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { CancelWait } from '../control.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { BuildKey, knownBuildKey } from './build-key.ts';
import { cancelBuild } from './cancel.ts';
import { retryBuild } from './retry.ts';
import { BuildViewSchema, buildView } from './view.ts';

const tags = ['builds'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** What people do to a build. */
export function buildControlRoutes(app: TypedApp, api: Api): void {
  app.delete(
    '/api/v1/builds/:key',
    {
      schema: {
        tags,
        summary: 'Cancel a build that nobody waits for, or with force=true any',
        params: BuildKey,
        querystring: Type.Object({
          force: Type.Boolean({ default: false, description: 'Also where prebuilds wait: they end without it' }),
          wait: CancelWait,
        }),
        response: { 200: BuildViewSchema, 202: BuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      const base = publicUrl(api.config, request);
      const { force, wait } = request.query;
      await buildView(api, key, base);
      await cancelBuild(api, key, { force, seconds: wait, signal: gone(reply.raw) });
      const view = await buildView(api, key, base);
      request.log.info({ build: key, state: view.state }, 'build was asked to be cancelled');
      return reply.code(view.endedAt ? 200 : 202).send(view);
    },
  );

  app.post(
    '/api/v1/builds/:key/retry',
    {
      schema: {
        tags,
        summary: 'Begin a further run of a build that failed or was cancelled',
        description: 'While a run is under way, this answers with that.',
        params: BuildKey,
        response: { 202: BuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      const base = publicUrl(api.config, request);
      await retryBuild(api, key, clientOf(senderOf(request)), request.id);
      request.log.info({ build: key }, 'build was asked for again');
      return reply.code(202).send(await buildView(api, key, base));
    },
  );
}
