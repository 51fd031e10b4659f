import type { FastifyReply, FastifyRequest } from 'fastify';
import { WheelmillError } from '../../errors.ts';
import type { IndexView } from '../../simple/index-view.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import { createKnownTargets, installsNothing } from './known-targets.ts';
import { mayStart } from './may-start.ts';
import { notBuilt } from './not-built.ts';
import { createPromises } from './promises.ts';
import { createSdistMetadata } from './sdist-metadata.ts';
import { createWaitingRoom } from './waiting-room.ts';
import { nothingPromised, type PromiseParams, readWantedWheel, type WantedWheel } from './wanted-wheel.ts';
import { createWheelsOnDemand } from './wheels-on-demand.ts';

const METADATA = '.metadata';

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
  const metadata = createSdistMetadata(api);
  const promises = createPromises(api, targets, metadata);
  const wheels = createWheelsOnDemand(api, promises);
  const room = createWaitingRoom(config);

  async function answer(request: FastifyRequest<{ Params: PromiseParams }>, reply: FastifyReply) {
    if (config.onDemand === 'off') throw nothingPromised();
    if (request.params.filename.endsWith(METADATA)) return sendMetadata(request.params, reply);
    const wanted = readWantedWheel(request.params, await targets.all());
    refuse(request);
    const held = await room.hold(
      request,
      reply,
      (signal) => wheels.wait(wanted, request, signal),
      (status) => status.endedAt !== undefined,
    );
    if ('left' in held) return reply.hijack();
    if ('done' in held) return ended(wanted, held.done, request, reply);
    const { next, latest } = held;
    if (next.kind === 'redirect')
      return uncached(reply).redirect(`${wanted.filename}?hop=${next.hop}&since=${Date.now()}`, 307);
    const where = `${publicUrl(config, request)}/api/v1/prebuilds${latest ? `/${latest.id}` : ''}`;
    const why = latest?.waiting ? ` (${latest.waiting.message})` : '';
    const message = `Wheelmill is still building ${wanted.project} ${wanted.version}, see ${where}${why}`;
    if (next.kind === 'retry') throw new WheelmillError('being-built', message, { retryAfter: next.afterSeconds });
    throw new WheelmillError('not-ready', `${message}; run this again when it is there`);
  }

  /** What was announced on a page of before is looked for again, where it was forgotten meanwhile. */
  async function sendMetadata(params: PromiseParams, reply: FastifyReply): Promise<FastifyReply> {
    const filename = params.filename.slice(0, -METADATA.length);
    const { project, sdist } = readWantedWheel({ ...params, filename }, await targets.all());
    const bytes = await metadata.read(project, sdist);
    if (!bytes)
      throw new WheelmillError('not-found', 'What its wheel will say of itself is not known before it is built.');
    return reply.header('cache-control', 'no-cache').type('application/octet-stream').send(bytes);
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
    if (item?.state !== 'stored' || !item.wheel) {
      const cause = { reason: 'cancelled' as const, ...status.failure, ...item, prebuild: status.id };
      throw notBuilt(wanted, cause, publicUrl(config, request));
    }
    const { needs = [], wheel } = item;
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
