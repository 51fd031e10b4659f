import type { FastifyReply, FastifyRequest } from 'fastify';
import { readClientAgent } from '../../core/client-agent.ts';
import { type Hop, nextStep, type Patience, patienceOf } from '../../core/patience.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { WheelmillError } from '../../errors.ts';
import type { IndexView } from '../../simple/index-view.ts';
import type { TypedApp } from '../app.ts';
import { gone } from '../changes.ts';
import type { Api } from '../context.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import { createKnownTargets, installsNothing } from './known-targets.ts';
import { mayStart } from './may-start.ts';
import { notBuilt } from './not-built.ts';
import { createPromises } from './promises.ts';
import { nothingPromised, type PromiseParams, readWantedWheel, type WantedWheel } from './wanted-wheel.ts';
import { createWheelsOnDemand } from './wheels-on-demand.ts';

export type OnDemand = {
  /** The index with promises; undefined where none are made. */
  shown: { view: (request: FastifyRequest, view: IndexView) => IndexView; vary: string } | undefined;
  routes(app: TypedApp): void;
  close(): Promise<void>;
};

/** Headers that proxies add; an installer sends none of them. */
const PROXY_HEADERS = ['via', 'forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Wheels that are built for whoever installs one: links on index pages, and what answers where they lead. A client is held as
 * long as it bears, and is sent to the stored file when that is there.
 */
export function openOnDemand(api: Api): OnDemand {
  const { config } = api;
  const targets = createKnownTargets(api);
  const promises = createPromises(api, targets);
  const wheels = createWheelsOnDemand(api, promises);

  async function answer(request: FastifyRequest<{ Params: PromiseParams }>, reply: FastifyReply) {
    const patience = patienceOf(waiterOf(request));
    const hop = hopOf(request.query);
    const wanted = readWantedWheel(request.params, await targets.all());
    refuse(request);
    const enough = timeLimit(patience.hold, gone(reply.raw));
    const stop = continueUntilSent(reply, patience);
    const status = await wheels.wait(wanted, request, enough).finally(stop);
    if (status?.endedAt) return ended(wanted, status, request, reply);
    const next = nextStep(patience, hop, Date.now());
    reply.header('cache-control', 'no-store');
    if (next.kind === 'redirect') return reply.redirect(`${wanted.filename}?hop=${next.hop}&since=${Date.now()}`, 307);
    const url = `${publicUrl(config, request)}/api/v1/prebuilds${status ? `/${status.id}` : ''}`;
    const about = `Wheelmill is still building ${wanted.project} ${wanted.version}, see ${url}`;
    const why = status?.waiting ? ` (${status.waiting.message})` : '';
    if (next.kind === 'give-up')
      throw new WheelmillError('not-ready', `${about}${why}; run this again when it is there`);
    throw new WheelmillError('being-built', `${about}${why}`, { retryAfter: next.afterSeconds });
  }

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

  function ended(wanted: WantedWheel, status: Standing, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const [item] = status.items;
    const base = publicUrl(config, request);
    if (item?.state !== 'stored' || !item.wheel) {
      const cause = { reason: 'cancelled' as const, ...status.failure, ...item };
      throw notBuilt(wanted, { ...cause, prebuild: status.id }, base);
    }
    const { filename, sha256 } = item.wheel;
    if (item.needs && item.needs.length > 0)
      reply.header('wheelmill-needs', item.needs.map((one) => one.soname).join(' '));
    if (status.apt && status.apt.length > 0) reply.header('wheelmill-apt', status.apt.join(' '));
    return reply
      .header('cache-control', 'no-store')
      .redirect(`../../../../wheels/${wanted.project}/${sha256}/${filename}`, 307);
  }

  function waiterOf(request: FastifyRequest) {
    const { name } = readClientAgent(request.headers['user-agent']);
    const proxied =
      config.onDemandHold === 'redirects' || PROXY_HEADERS.some((one) => request.headers[one] !== undefined);
    return { agent: name, http: request.raw.httpVersion, proxied };
  }

  return {
    shown: config.onDemand === 'off' ? undefined : { view: promises.view, vary: 'User-Agent' },
    close: wheels.close,
    routes(app) {
      const url = '/on-demand/:target/:project/:sha256/:filename';
      const config = { startsWork: true };
      app.head(url, { schema: { hide: true }, config }, async () => {
        // uv asks for the file itself then; a HEAD shall start nothing, and nothing is known before it is there.
        throw new WheelmillError('not-by-head', 'Whether a wheel can be built is known when it is: ask with GET.');
      });
      app.get<{ Params: PromiseParams }>(
        url,
        { schema: { hide: true }, config, exposeHeadRoute: false },
        (request, reply) => {
          if (api.config.onDemand === 'off') throw nothingPromised();
          return answer(request, reply);
        },
      );
    },
  };
}

/** Where a client stands that was sent here again; what is no such thing is somebody's first time. */
function hopOf(query: unknown): Hop {
  const { hop, since } = query as { hop?: unknown; since?: unknown };
  const number = (value: unknown) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 0);
  return { hop: number(hop), since: number(since) };
}

/** Keeps a client's patience fresh until it has its answer. Gives back what ends that. */
function continueUntilSent(reply: FastifyReply, { continueEvery }: Patience): () => void {
  if (continueEvery === undefined) return () => {};
  const timer = setInterval(() => {
    if (!reply.raw.headersSent && !reply.raw.destroyed) reply.raw.writeContinue();
  }, continueEvery);
  return () => clearInterval(timer);
}
