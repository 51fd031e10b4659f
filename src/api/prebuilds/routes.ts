import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { prefersText } from '../../core/negotiation.ts';
import { LISTED_PREBUILD_STATES } from '../../core/records/prebuild.ts';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import { senderOf } from '../client-of.ts';
import { createClientTurns } from '../client-turns.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { dryRun } from './dry-run.ts';
import { DryRunSchema, DryRunsSchema } from './dry-run-view.ts';
import { FIELDS } from './fields.ts';
import { attemptOf, knownId, unknownPrebuild } from './known-id.ts';
import { listPrebuilds, PrebuildLineSchema } from './list.ts';
import { progressText } from './progress-text.ts';
import { readList } from './read-list.ts';
import { readPosting, type Submission } from './read-submission.ts';
import { streamText } from './send-text.ts';
import { submit } from './submit.ts';
import { PrebuildViewSchema, PrebuildViewsSchema, prebuildView } from './view.ts';
import { awaitPrebuild, watchPrebuild } from './watch.ts';

/** Longer holds gain nothing: the client asks again. */
const MAX_WAIT_SECONDS = 600;
const PAGE_SIZE = 50;
/** A dry run asks upstream for every project of a list, and may take a resolver in a container. */
const DRY_RUNS = { perClient: 4, altogether: 8 };

const Id = Type.Object({ id: Type.String({ description: 'Prebuild id' }) });
const Wait = Type.Integer({
  minimum: 0,
  maximum: MAX_WAIT_SECONDS,
  default: 0,
  description: 'Seconds to hold the answer until the prebuild has ended',
});
const Attempt = Type.Optional(Type.Integer({ minimum: 1, description: 'Which attempt; the newest by default' }));
const tags = ['prebuilds'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** Prebuilds: post a list, watch it become wheels, take the locked list. */
export function prebuildRoutes(app: TypedApp, api: Api): void {
  const dryRuns = createClientTurns(DRY_RUNS);
  app.post(
    '/api/v1/prebuilds',
    {
      schema: {
        tags,
        summary: 'Build what a requirements list needs',
        description:
          'The list as text/plain, as multipart file(s) named "requirements", or as JSON {"requirements": "…"}. Posting it again finds the same prebuild. For several targets the answer is {"prebuilds": […]}. With dry-run=true the answer is what would be done, and nothing is. With Accept: text/plain the answer is a text that goes on until the prebuild has ended.',
        consumes: ['text/plain', 'multipart/form-data', 'application/json'],
        querystring: Type.Object({ ...FIELDS, wait: Wait }, { additionalProperties: false }),
        response: {
          200: Type.Union([PrebuildViewSchema, PrebuildViewsSchema, DryRunSchema, DryRunsSchema]),
          202: Type.Union([PrebuildViewSchema, PrebuildViewsSchema]),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { wait, ...query } = request.query;
      const posting = await readPosting(api, await readList(request), query, senderOf(request));
      const { several, dryRun: isDryRun, against } = posting;
      const submissions = posting.submissions.map((one) => ({ ...one, request: request.id }));
      const base = publicUrl(api.config, request);
      const signal = gone(reply.raw);
      if (isDryRun) {
        const answers = await dryRuns.run(senderOf(request), () =>
          inOrder(submissions, (one) => dryRun(api, one, { base, signal, against })),
        );
        return several ? { dryRuns: answers } : answers[0]!;
      }
      if (prefersText(request.headers.accept)) {
        const statuses = await Promise.all(submissions.map((one) => submit(api, one)));
        return streamText(reply as FastifyReply, progressText(api, statuses, { base, signal }));
      }
      const started = async (submission: Submission) => {
        const status = await submit(api, submission);
        const later = status.endedAt ? status : await awaitPrebuild(api, status.id, status.attempt, wait, signal);
        return prebuildView(later ?? status, base);
      };
      const views = await Promise.all(submissions.map(started));
      reply.code(views.every((one) => one.endedAt) ? 200 : 202);
      if (several) return { prebuilds: views };
      const [view] = views;
      return reply.header('location', view!.url).send(view!);
    },
  );

  app.get(
    '/api/v1/prebuilds',
    {
      schema: {
        tags,
        summary: 'Prebuilds that have ended, newest first; those under way come before them on the first page',
        querystring: Type.Object({
          state: Type.Optional(Type.Union(LISTED_PREBUILD_STATES.map((one) => Type.Literal(one)))),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: PAGE_SIZE }),
          cursor: Type.Optional(Type.String()),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(PrebuildLineSchema),
            next: Type.Optional(Type.String()),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { underWay: _, ...page } = await listPrebuilds(api, request.query, publicUrl(api.config, request));
      return page;
    },
  );

  app.get(
    '/api/v1/prebuilds/:id',
    {
      schema: {
        tags,
        summary: 'How a prebuild stands',
        params: Id,
        querystring: Type.Object({ wait: Wait, attempt: Attempt }),
        response: { 200: PrebuildViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const attempt = await attemptOf(api, id, request.query.attempt);
      const status = await awaitPrebuild(api, id, attempt, request.query.wait, gone(reply.raw));
      if (!status) throw unknownPrebuild(id);
      return prebuildView(status, publicUrl(api.config, request));
    },
  );

  app.get(
    '/api/v1/prebuilds/:id/events',
    {
      schema: {
        tags,
        summary: 'The same as server-sent events: one `prebuild` event a change, then `end`',
        params: Id,
        querystring: Type.Object({ attempt: Attempt }),
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const id = knownId(request.params.id);
      const attempt = await attemptOf(api, id, request.query.attempt);
      const base = publicUrl(api.config, request);
      const signal = gone(reply.raw);
      const events = async function* () {
        yield ': a comment starts the stream\n\n';
        for await (const status of watchPrebuild(api, id, attempt, signal))
          yield `event: prebuild\ndata: ${JSON.stringify(prebuildView(status, base))}\n\n`;
        // Without it the client comes again: to another server, or to this one when it is back.
        if (!signal.aborted) yield 'event: end\ndata: {}\n\n';
      };
      return reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream')
        .send(Readable.from(events()));
    },
  );
}

/** One after the other: each is work enough for the server. */
async function inOrder<T, R>(items: readonly T[], answer: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const item of items) answers.push(await answer(item));
  return answers;
}
