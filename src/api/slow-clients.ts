import type { FastifyInstance } from 'fastify';

/**
 * Milliseconds in which a client that we wait for must take something. Nobody sees bytes leave but in the portions in which the
 * kernel makes room, a third of its buffer: over a line of 1 KB/s they are a minute and more apart.
 */
const SILENT_MS = 120_000;

export type StoppedLimits = { silentMs?: number };

/**
 * Breaks off connections of clients that have stopped, as a closed laptop has, and would keep what their request holds (a file, a
 * connection to the store) for ever: those that take nothing of what waits for them. Whoever is held until
 * something happens is not waited for, nor is one that is slow and goes on.
 */
export function breakOffStopped(
  app: Pick<FastifyInstance, 'addHook' | 'server'>,
  { silentMs = SILENT_MS }: StoppedLimits = {},
): void {
  // Of a connection on which nothing has moved; Node looks into the kernel's queue, too.
  app.server.timeout = silentMs;
  app.addHook('onRequest', (request, reply, done) => {
    // With a listener, Node leaves it to that whether the connection ends.
    reply.raw.on('timeout', () => {
      if (reply.raw.writableLength === 0) return;
      request.log.info({ route: request.routeOptions.url }, 'client broken off that had stopped');
      reply.raw.destroy();
    });
    done();
  });
}
