import type { FastifyRequest } from 'fastify';
import { WheelmillError } from '../../errors.ts';
import type { IndexView } from '../../simple/index-view.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { answerMetadata, METADATA } from './answer-metadata.ts';
import { answerWheel, type Mill } from './answer-wheel.ts';
import { createKnownTargets } from './known-targets.ts';
import { createLookedAt } from './looked-at.ts';
import { createPromises } from './promises.ts';
import { createWaitingRoom } from './waiting-room.ts';
import { nothingPromised, type PromiseParams } from './wanted-wheel.ts';
import { createWheelMetadata } from './wheel-metadata.ts';
import { createWheelsOnDemand } from './wheels-on-demand.ts';

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
  const mill: Mill = { api, targets, metadata, wheels, room: createWaitingRoom(api), lookedAt: createLookedAt() };

  function routesUnder(app: TypedApp, url: string): void {
    const options = { schema: { hide: true }, config: { startsWork: true } };
    app.head(url, options, async (_request, reply) => {
      reply.header('allow', 'GET');
      // uv asks for the file itself then; a HEAD shall start nothing, and nothing is known before it is there.
      throw new WheelmillError('not-by-head', 'Whether a wheel can be built is known when it is: ask with GET.');
    });
    app.get<{ Params: PromiseParams }>(url, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      if (config.onDemand === 'off') throw nothingPromised();
      const answer = request.params.filename.endsWith(METADATA) ? answerMetadata : answerWheel;
      return answer(mill, request, reply);
    });
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
