import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { isSha256 } from '../core/sha256.ts';
import { WheelmillError } from '../errors.ts';
import type { Hidden } from '../simple/hidden.ts';
import { paths } from '../storage/bucket-paths.ts';
import { listAttempts, newestReady, readPrebuildRequest } from '../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../storage/prebuild-status.ts';
import type { TypedApp } from './app.ts';
import { gone } from './changes.ts';
import type { Api } from './context.ts';
import { type ListPrebuild, ofTarget, prebuildOf } from './list-target.ts';
import { deletedWheels, refuseDeleted } from './prebuilds/deleted-wheels.ts';
import { findLinksPage } from './prebuilds/find-links.ts';
import { sendText } from './prebuilds/send-text.ts';
import { awaitPrebuild } from './prebuilds/watch.ts';
import { publicUrl } from './public-url.ts';
import { refuseHidden } from './refuse-hidden.ts';

/** pip gives up an answer after 15 s of silence, and follows 30 redirects, uv 10 (CLIENTS.md section 0). */
const HOLD_SECONDS = 10;
const MAX_HOPS = 8;

const Sha = Type.Object({
  sha256: Type.String({ description: 'sha256sum of the list file, as a Dockerfile can compute it' }),
});
const Target = Type.Optional(Type.String({ description: 'Which target, where the list was prebuilt for several' }));
const tags = ['lists'];

/** What a Dockerfile needs of a prebuild, by nothing but the hash of the list file. Lists with what is `hidden` are not there. */
export function listRoutes(app: TypedApp, api: Api, hidden?: Hidden): void {
  app.get(
    '/lists/:sha256/wheels/',
    {
      schema: {
        tags,
        summary: 'A find-links page of the wheels a list needs, of all targets it was sent for or of one',
        params: Sha,
        querystring: Type.Object({ target: Target }),
        produces: ['text/html'],
      },
    },
    async (request, reply) => {
      const prebuilds = ofTarget(await prebuildsOf(api, request.params.sha256, request), request.query.target);
      const served = await Promise.all(
        prebuilds.map(
          async ({ id, attempt }) => (await newestReady(api.store, id)) ?? readPrebuildStatus(api.store, id, attempt),
        ),
      );
      const shown = served.filter((one) => one !== undefined);
      for (const one of shown) await refuse(one);
      const page = await findLinksPage(api.store, shown);
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
    },
  );

  app.get(
    '/lists/:sha256/requirements.txt',
    {
      schema: {
        tags,
        summary: 'The list, fully pinned, with the hashes of our wheels; held while it is being built',
        params: Sha,
        querystring: Type.Object({ target: Target, hop: Type.Integer({ minimum: 0, maximum: MAX_HOPS, default: 0 }) }),
        produces: ['text/plain'],
      },
    },
    async (request, reply) => {
      const { target, hop } = request.query;
      const prebuild = await prebuildOf(api, await prebuildsOf(api, request.params.sha256, request), target);
      const ready = await newestReady(api.store, prebuild.id);
      // One whose wheels were deleted since is not served while a newer one is made.
      if (ready && (ready.attempt === prebuild.attempt || (await deletedWheels(api.store, ready)).length === 0)) {
        await refuse(ready);
        await refuseDeleted(api.store, ready);
        return sendText(reply, (await api.store.read(paths.prebuildLocked(ready.id, ready.attempt)))!);
      }
      const status = await awaitPrebuild(api, prebuild.id, prebuild.attempt, HOLD_SECONDS, gone(reply.raw));
      if (status) await refuse(status);
      if (status?.state === 'ready')
        return sendText(reply, (await api.store.read(paths.prebuildLocked(status.id, status.attempt)))!);
      return unfinished(request, reply, status, { hop, target });
    },
  );

  async function refuse(prebuild: Pick<PrebuildStatus, 'items'>): Promise<void> {
    if (hidden) await refuseHidden(api.store, prebuild, hidden);
  }

  /** Still going: back to here for another hold, until clients would give up; else the final word. */
  function unfinished(
    request: FastifyRequest,
    reply: FastifyReply,
    status: PrebuildStatus | undefined,
    { hop, target }: { hop: number; target: string | undefined },
  ): FastifyReply {
    const where = status && `${publicUrl(api.config, request)}/api/v1/prebuilds/${status.id}`;
    if (status?.endedAt) {
      const missing = status.items
        .filter((one) => one.state === 'failed')
        .map((one) => `${one.project} (${one.reason})`);
      const what = missing.length > 0 ? `without ${missing.slice(0, 3).join(', ')}` : `with ${status.failure?.reason}`;
      throw new WheelmillError('prebuild-failed', `Wheelmill: the prebuild of this list ended ${what}, see ${where}`);
    }
    if (hop >= MAX_HOPS)
      throw new WheelmillError(
        'not-ready',
        `Wheelmill: this list is still being built, see ${where}, and run this again when it is ready`,
      );
    const query = new URLSearchParams({ hop: String(hop + 1), ...(target && { target }) });
    return reply.header('cache-control', 'no-store').redirect(`requirements.txt?${query}`, 307);
  }
}

/** Prebuilds of a list file by target, each with its newest attempt. Unknown lists answer with the command that makes them. */
async function prebuildsOf(api: Api, sha256: string, request: FastifyRequest): Promise<ListPrebuild[]> {
  const found = new Map<string, ListPrebuild>();
  if (isSha256(sha256)) {
    for await (const key of api.store.list(paths.listsOf(sha256))) {
      const id = key.split('/').at(-1)!;
      const attempt = (await listAttempts(api.store, id)).at(-1);
      const sent = attempt === undefined ? undefined : await readPrebuildRequest(api.store, id, attempt);
      const known = sent && found.get(sent.target);
      // The same file may have got another id with a newer server: then the one that was sent last counts.
      if (sent && !(known && known.requestedAt > sent.requestedAt)) found.set(sent.target, sent);
    }
  }
  if (found.size > 0) return [...found.values()].sort((one, other) => (one.target < other.target ? -1 : 1));
  const base = publicUrl(api.config, request);
  throw new WheelmillError(
    'not-found',
    `Wheelmill does not know this list. Run: wheelmill prebuild -r requirements.txt, or: curl -F requirements=@requirements.txt '${base}/api/v1/prebuilds?wait=600'`,
  );
}
