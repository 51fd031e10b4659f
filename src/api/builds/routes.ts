import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import Type, { type Static } from 'typebox';
import { BUILD_STATES, BuildRecordSchema, BuildStateSchema, ReasonSchema } from '../../core/records/build.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { FAILURES } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import { listRecent } from '../../storage/recent.ts';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import type { Api } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { BuildKey, knownBuildKey, unknownBuild } from './build-key.ts';
import { liveLog } from './live-log.ts';
import { VerificationViewSchema, verificationRoutes, verificationView } from './verification.ts';

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

const BuildViewSchema = Type.Object({
  ...Type.Partial(BuildRecordSchema).properties,
  key: Text,
  project: Text,
  version: Text,
  target: Text,
  state: BuildStateSchema,
  url: Text,
  log: Text,
  hint: Type.Optional(Text),
  retry: Type.Optional(Type.Boolean()),
  verification: Type.Optional(VerificationViewSchema),
});
export type BuildView = Static<typeof BuildViewSchema>;

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
            items: Type.Array(
              Type.Object({ key: Text, project: Text, state: Text, reason: Type.Optional(Text), url: Text }),
            ),
            next: Type.Optional(Text),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { project, state, reason, limit, cursor } = request.query;
      const fits = (one: { project?: string | undefined; state: string; reason?: string | undefined }) =>
        (project === undefined || one.project === project) &&
        (state === undefined || one.state === state) &&
        (reason === undefined || one.reason === reason);
      const underWay: { id: string; project: string; state: string }[] = [];
      if (cursor === undefined) {
        for await (const key of api.store.list(paths.openBuilds())) {
          const id = key.split('/').at(-1)!;
          const [open, progress] = await Promise.all([readOpenBuild(api.store, id), readBuildProgress(api.store, id)]);
          const one = open && {
            id,
            project: open.project,
            state: progress?.run === open.run ? progress.state : 'queued',
          };
          if (one && fits(one)) underWay.push(one);
        }
      }
      const { entries, next } = await listRecent(api.store, 'builds', { limit, after: readCursor(cursor), keep: fits });
      const base = publicUrl(api.config, request);
      const items = [...underWay, ...entries].map((one) => ({
        key: one.id,
        project: one.project ?? '',
        state: one.state,
        ...('reason' in one && one.reason && { reason: one.reason }),
        url: `${base}/api/v1/builds/${one.id}`,
      }));
      return { items, ...(next !== undefined && { next: writeCursor(next) }) };
    },
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
      const url = `${publicUrl(api.config, request)}/api/v1/builds/${key}`;
      const { wait } = request.query;
      const enough = wait > 0 ? timeLimit(wait * 1000, gone(reply.raw)) : AbortSignal.abort();
      for (;;) {
        const view = await buildView(api, key, url);
        if (enough.aborted || !isUnderWay(view)) return view;
        await api.changes.next(({ kind, id }) => kind === 'builds' && id === key, enough);
      }
    },
  );

  verificationRoutes(app, api);

  app.get(
    '/api/v1/builds/:key/log',
    { schema: { tags, summary: 'The log of a build; live while it runs', params: BuildKey, produces: ['text/plain'] } },
    async (request, reply) => {
      const key = knownBuildKey(request.params.key);
      reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .header('x-content-type-options', 'nosniff')
        .type('text/plain; charset=utf-8');
      const open = await readOpenBuild(api.store, key);
      if (open) return reply.send(Readable.from(liveLog(api, open, gone(reply.raw))));
      const log = await api.store.open(paths.buildLog(key));
      if (!log) throw unknownBuild(key);
      const text = createGunzip();
      log.body.on('error', (error) => text.destroy(error)).pipe(text);
      return reply.send(text);
    },
  );
}

async function buildView(api: Api, key: string, url: string): Promise<BuildView> {
  const [record, open, progress, verification] = await Promise.all([
    readBuildRecord(api.store, key),
    readOpenBuild(api.store, key),
    readBuildProgress(api.store, key),
    verificationView(api, key),
  ]);
  const common = { url, log: `${url}/log`, ...(verification && { verification }) };
  if (record && !(open && open.run > record.run)) {
    const failure = record.reason && FAILURES[record.reason];
    return { ...record, ...common, ...(failure && { hint: failure.hint, retry: failure.retry }) };
  }
  if (!open) throw unknownBuild(key);
  const { project, version, target, image, sdist, recipe, run, requestedAt } = open;
  const now = progress?.run === run ? progress : undefined;
  return {
    ...{ key, project, version, target, image, sdist, recipe, run, requestedAt },
    ...common,
    state: now?.state ?? 'queued',
    ...(now && { attempts: now.attempt }),
  };
}

function isUnderWay({ state, verification }: BuildView): boolean {
  const checking = verification?.state;
  return (state !== 'stored' && state !== 'failed') || checking === 'queued' || checking === 'running';
}
