import { Readable } from 'node:stream';

import Type from 'typebox';
import { BUILD_STATES, ReasonSchema } from '../../core/records/build.ts';
import { timeLimit } from '../../core/time-limit.ts';

import { readOpenBuild } from '../../storage/build-records.ts';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { BuildKey, knownBuildKey, unknownBuild } from './build-key.ts';
import { BuildLineSchema, listBuilds } from './list.ts';
import { liveLog } from './live-log.ts';
import { openStoredLog } from './stored-log.ts';

import { verificationRoutes } from './verification.ts';
import { type BuildView, BuildViewSchema, buildView } from './view.ts';

/** Longer holds gain nothing: the client asks again. */
const MAX_WAIT_SECONDS = 600;
const PAGE_SIZE = 50;
const Text = Type.String();
const Wait = Type.Integer({
  minimum: 0,
  maximum: MAX_WAIT_SECONDS,
  default: 0,
  description: 'Seconds to hold the answer until neither the build nor a verification of it is under way',
});
const tags = ['builds'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** Builds: one sdist made into one wheel, with its log. */
export function buildRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/builds',
    {
      schema: {
        tags,
        summary: 'Builds that have ended, newest first; those under way come before them on the first page',
        querystring: Type.Object({
          project: Type.Optional(Text),
          state: Type.Optional(Type.Union(BUILD_STATES.map((one) => Type.Literal(one)))),
          reason: Type.Optional(ReasonSchema),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: PAGE_SIZE }),
          cursor: Type.Optional(Text),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(BuildLineSchema),
            next: Type.Optional(Text),
          }),
          ...problems,
        },
      },
    },
    async (request) => listBuilds(api, request.query, publicUrl(api.config, request)),
  );

  app.get(
    '/api/v1/builds/:key',
    {
      schema: {
        tags,
        summary: 'How a build stands or ended',
        params: BuildKey,
        querystring: Type.Object({ wait: Wait }),
        response: { 200: BuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      const base = publicUrl(api.config, request);
      const { wait } = request.query;
      const enough = wait > 0 ? timeLimit(wait * 1000, gone(reply.raw)) : AbortSignal.abort();
      for (;;) {
        const view = await buildView(api, key, base);
        if (enough.aborted || !isUnderWay(view)) return view;
        await api.changes.next(({ kind, id }) => kind === 'builds' && id === key, enough);
      }
    },
  );

  verificationRoutes(app, api);

  app.get(
    '/api/v1/builds/:key/log',
    {
      schema: {
        tags,
        summary: 'The log of a build; live while it runs',
        params: BuildKey,
        querystring: Type.Object(
          { follow: Type.Boolean({ default: true, description: 'false: only what there is of it now' }) },
          { additionalProperties: false },
        ),
        produces: ['text/plain'],
      },
    },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .header('x-content-type-options', 'nosniff')
        .type('text/plain; charset=utf-8');
      const open = await readOpenBuild(api.store, key);
      const { follow } = request.query;
      if (open) return reply.send(Readable.from(liveLog(api, open, { follow, signal: gone(reply.raw) })));
      const log = await openStoredLog(api.store, key);
      if (!log) throw unknownBuild(key);
      return reply.send(log);
    },
  );
}

function isUnderWay({ state, verification }: BuildView): boolean {
  const checking = verification?.state;
  return (state !== 'stored' && state !== 'failed') || checking === 'queued' || checking === 'running';
}
