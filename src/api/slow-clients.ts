import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Milliseconds in which a client that we wait for must take or send something. Nobody sees bytes leave but in the portions in which the
 * kernel makes room, a third of its buffer: over a line of 1 KB/s they are a minute and more apart.
 */
const SILENT_MS = 120_000;
/**
 * Milliseconds in which a client may go on with a body that was answered before its end: twine reads no answer before, and sends the
 * largest upload there is, 1 GiB, in that time at 10 MB/s.
 */
const LINGER_MS = 120_000;

export type StoppedLimits = { silentMs?: number; lingerMs?: number };

/**
 * Breaks off connections of clients that have stopped, as a closed laptop has, and would keep what their request holds (a file, a
 * connection to the store, an upload's place) for ever: those that take nothing of what waits for them, and those that send nothing
 * of a body. Whoever is held until something happens is not waited for, nor is one that is slow and goes on.
 */
export function breakOffStopped(
  app: Pick<FastifyInstance, 'addHook' | 'server'>,
  { silentMs = SILENT_MS, lingerMs = LINGER_MS }: StoppedLimits = {},
): void {
  // Of a connection on which nothing has moved; Node looks into the kernel's queue, too.
  app.server.timeout = silentMs;
  app.addHook('onRequest', (request, reply, done) => {
    // With a listener, Node leaves it to that whether the connection ends.
    reply.raw.on('timeout', () => {
      if (!isWaitedFor(reply.raw)) return;
      request.log.info({ route: request.routeOptions.url }, 'client broken off that had stopped');
      reply.raw.destroy();
    });
    done();
  });
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (raw.complete === false) setTimeout(() => raw.complete || raw.socket.destroy(), lingerMs).unref();
    done();
  });
}

function isWaitedFor({ req, writableLength }: ServerResponse): boolean {
  // Bytes of a body that lie here unread wait for us.
  return writableLength > 0 || (!req.complete && req.readableLength === 0);
}
