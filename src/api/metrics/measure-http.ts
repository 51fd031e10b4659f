import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RouteLabels } from '../../metrics/http-figures.ts';
import type { Metrics } from '../../metrics/metrics.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes that its connection had sent before it came. */
    sentBefore: number;
  }
}

/** For what comes to no route: whatever a client makes up is one series. */
const NOWHERE: RouteLabels = { method: 'other', route: 'none' };

/** Counts every answer of an application. To be called before other hooks, which may refuse a request. */
export function measureHttp(app: FastifyInstance, { http }: Pick<Metrics, 'http'>): void {
  app.decorateRequest('sentBefore', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.sentBefore = sentOn(request);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    http.began(labelsOf(request), reply.elapsedTime / 1000);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const bytes = Math.max(0, sentOn(request) - request.sentBefore);
    http.ended(labelsOf(request), reply.statusCode, bytes);
    done();
  });
}

function labelsOf({ method, routeOptions }: FastifyRequest): RouteLabels {
  return routeOptions.url === undefined ? NOWHERE : { method, route: routeOptions.url };
}

/** Bytes that have gone out on the connection of a request, which has one answer at a time. */
function sentOn({ raw }: FastifyRequest): number {
  return raw.socket?.bytesWritten ?? 0;
}
