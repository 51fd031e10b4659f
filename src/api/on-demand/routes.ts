import type { FastifyReply, FastifyRequest } from 'fastify';
import { readClientAgent } from '../../core/client-agent.ts';
import { WheelmillError } from '../../errors.ts';
import type { IndexView } from '../../simple/index-view.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { TypedApp } from '../app.ts';
import { senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import { createKnownTargets, installsNothing } from './known-targets.ts';
import { createLookedAt } from './looked-at.ts';
import { mayStart } from './may-start.ts';
import { notBuilt } from './not-built.ts';
import { promiseOf } from './promise-of.ts';
import { createPromises } from './promises.ts';
import { createWaitingRoom, type Held } from './waiting-room.ts';
import { nothingPromised, type PromiseParams, readWantedWheel, type WantedWheel } from './wanted-wheel.ts';
import { createWheelMetadata, type Foretold } from './wheel-metadata.ts';
import { createWheelsOnDemand } from './wheels-on-demand.ts';

const METADATA = '.metadata';

/** What a search for metadata has come to: what is known, or the build that will tell. */
type Looked = { found: Exclude<Foretold, 'unknown'> } | Built;
type Built = { standing: Standing };

const isOver = ({ standing }: Built) => standing.endedAt !== undefined;

type Shown = { view: (request: FastifyRequest, view: IndexView) => IndexView; vary?: string };

export type OnDemand = {
  /** The index with promises for whoever asks; undefined where none are made. */
  shown: Shown | undefined;
  /** The same under `/t/:target`, for the target that the URL names. */
  shownOf: Shown;
  routes(app: TypedApp): void;
  close(): Promise<void>;
};

/**
 * Wheels that are built for whoever installs one: links on index pages, and what answers where they lead. A client is held as
 * long as it bears, and is sent to the stored file when that is there.
 */
export function openOnDemand(api: Api): OnDemand {
  const { config } = api;
  const targets = createKnownTargets(api);
  const promises = createPromises(api, targets);
  const metadata = createWheelMetadata(api, targets);
  const wheels = createWheelsOnDemand(api, promises);
  const room = createWaitingRoom(api);
  const lookedAt = createLookedAt();

  async function answer(request: FastifyRequest<{ Params: PromiseParams }>, reply: FastifyReply) {
    if (config.onDemand === 'off') throw nothingPromised();
    if (request.params.filename.endsWith(METADATA)) return answerMetadata(request, reply);
    const wanted = readWantedWheel(request.params, await targets.all());
    refuse(request);
    for (const other of lookedAt.take(senderOf(request), wanted.target)) wheels.begin(other, request);
    const held = await room.hold(request, reply, (signal) => standingOf(wanted, request, signal), isOver);
    if (!('done' in held)) return wait(wanted, held, request, reply);
    return ended(wanted, held.done.standing, request, reply);
  }

  async function standingOf(wanted: WantedWheel, request: FastifyRequest, signal: AbortSignal) {
    const standing = await wheels.wait(wanted, request, signal);
    return standing && { standing };
  }

  /** What is not known yet is found out while the client waits, as it does for the wheel. */
  async function answerMetadata(request: FastifyRequest<{ Params: PromiseParams }>, reply: FastifyReply) {
    const announced = request.params.filename;
    const filename = announced.slice(0, -METADATA.length);
    const wanted = readWantedWheel({ ...request.params, filename }, await targets.all());
    const promise = await promiseOf(api, wanted);
    const known = await metadata.known(wanted, promise);
    if (known === undefined || known === 'unknown') refuse(request);
    if (mayBegin(request)) lookedAt.note(senderOf(request), wanted);
    if (known !== undefined && known !== 'unknown') return sendMetadata(known, reply);
    // What is most likely taken is built while it is found out what it will need.
    const isLikely = promise.isForPins || promise.isFirst;
    const begin = () => isLikely && wheels.begin(wanted, request);
    // uv looks at many at once: the build of one that it must take tells as well, and is needed anyhow.
    const tells = promise.isForPins && readClientAgent(request.headers['user-agent']).name === 'uv' ? 'unknown' : known;
    const held = await room.hold(
      request,
      reply,
      async (signal): Promise<Looked | undefined> => {
        const found = tells ?? (await metadata.foretell(wanted, promise, { client: senderOf(request), signal, begin }));
        if (found === 'unknown') return standingOf(wanted, request, signal);
        return found && { found };
      },
      (looked) => 'found' in looked || isOver(looked),
    );
    if (!('done' in held)) return wait(wanted, held, request, reply);
    if ('found' in held.done) return sendMetadata(held.done.found, reply);
    const { wheel } = stored(wanted, held.done.standing, request);
    const bytes = await api.store.read(paths.wheelMetadata(wanted.project, wheel.sha256, wheel.filename));
    if (!bytes) throw nothingPromised();
    return sendMetadata(bytes, reply);
  }

  function sendMetadata(bytes: Buffer, reply: FastifyReply): FastifyReply {
    return reply.header('cache-control', 'no-cache').type('application/octet-stream').send(bytes);
  }

  /** Tells a client what to do whose patience ends before what it waits for is there. */
  function wait(
    wanted: WantedWheel,
    held: Exclude<Held<Looked>, { done: unknown }>,
    request: FastifyRequest<{ Params: PromiseParams }>,
    reply: FastifyReply,
  ): FastifyReply {
    if ('left' in held) return reply.hijack();
    const { next } = held;
    if (next.kind === 'redirect')
      return uncached(reply).redirect(`${request.params.filename}?hop=${next.hop}&since=${Date.now()}`, 307);
    const latest = held.latest && 'standing' in held.latest ? held.latest.standing : undefined;
    const where = `${publicUrl(config, request)}/api/v1/prebuilds${latest ? `/${latest.id}` : ''}`;
    const why = latest?.waiting ? ` (${latest.waiting.message})` : '';
    const message = `Wheelmill is still building ${wanted.project} ${wanted.version}, see ${where}${why}`;
    if (next.kind === 'retry') throw new WheelmillError('being-built', message, { retryAfter: next.afterSeconds });
    throw new WheelmillError('not-ready', `${message}; run this again when it is there`);
  }

  const mayBegin = (request: FastifyRequest) =>
    mayStart(request, config) && !installsNothing(request.headers['user-agent']);

  function refuse(request: FastifyRequest): void {
    if (installsNothing(request.headers['user-agent']))
      throw new WheelmillError(
        'on-demand-refused',
        'This wheel is built for pip or uv when they install it, and not for browsers or crawlers.',
      );
    if (!mayStart(request, config))
      throw new WheelmillError(
        'scope-missing',
        `This token may not have wheels built: that needs the scope ${config.onDemandScope}.`,
      );
  }

  /** The one wheel of a prebuild that has ended. Throws why there is none. */
  function stored(wanted: WantedWheel, status: Standing, request: FastifyRequest) {
    const [item] = status.items;
    if (item?.state === 'stored' && item.wheel) return { ...item, wheel: item.wheel };
    const cause = { reason: 'cancelled' as const, ...status.failure, ...item, prebuild: status.id };
    throw notBuilt(wanted, cause, publicUrl(config, request));
  }

  async function ended(wanted: WantedWheel, status: Standing, request: FastifyRequest, reply: FastifyReply) {
    const { needs = [], wheel, build } = stored(wanted, status, request);
    if (build !== undefined && (await metadata.wasWrong(wanted, build, wheel)))
      throw new WheelmillError(
        'not-ready',
        `Wheelmill has built ${wanted.project} ${wanted.version}, but the wheel needs something else than its sdist has said before; run this again: now that is known`,
      );
    if (needs.length > 0) reply.header('wheelmill-needs', needs.map((one) => one.soname).join(' '));
    if (status.apt && status.apt.length > 0) reply.header('wheelmill-apt', status.apt.join(' '));
    return uncached(reply).redirect(`../../../wheels/${wanted.project}/${wheel.sha256}/${wheel.filename}`, 307);
  }

  function routesUnder(app: TypedApp, url: string): void {
    const options = { schema: { hide: true }, config: { startsWork: true } };
    app.head(url, options, async () => {
      // uv asks for the file itself then; a HEAD shall start nothing, and nothing is known before it is there.
      throw new WheelmillError('not-by-head', 'Whether a wheel can be built is known when it is: ask with GET.');
    });
    app.get<{ Params: PromiseParams }>(url, { ...options, exposeHeadRoute: false }, answer);
  }

  return {
    shown: config.onDemand === 'off' ? undefined : { view: promises.view, vary: 'User-Agent' },
    shownOf: {
      view(request, view) {
        const { target } = request.params as { target: string };
        const names = config.targets.map(({ name }) => name);
        if (!names.includes(target))
          throw new WheelmillError(
            'not-found',
            `There is no target ${target.slice(0, 100)}. There are: ${names.join(', ')}.`,
          );
        return promises.view(request, view, target);
      },
    },
    async close() {
      await Promise.all([wheels.close(), metadata.close()]);
    },
    routes(app) {
      for (const prefix of ['', '/t/:target']) routesUnder(app, `${prefix}/on-demand/:project/:sha256/:filename`);
    },
  };
}

function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}
