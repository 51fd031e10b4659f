import type { FastifyInstance } from 'fastify';

/**
 * Notes every answer in the log at the level debug, and gives those that may have changed something the id by which the log
 * names their request: what follows from it has the same `request` in the workers' logs.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') reply.header('x-request-id', request.id);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions, url } = request;
    request.log.debug(
      { method, route: routeOptions.url ?? url, status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) },
      'answered',
    );
    done();
  });
}
