import type { EventEmitter } from 'node:events';
import type { FastifyInstance } from 'fastify';

/** Where an answer has those of its server that are held until something happens. */
const HELD = Symbol('held answers');

type Answer = EventEmitter & { destroyed: boolean; [HELD]?: Set<AbortController> };

/** Why a held answer stops waiting, where it is not its client that went. */
export class ServerEnding extends Error {
  constructor() {
    super('The server is ending.');
    this.name = 'ServerEnding';
  }
}

/**
 * Has an application end gently: what is held (`?wait=`, events, live logs) is let go at once, what is being answered may be
 * finished for `grace` milliseconds, and what is left of connections then is cut off.
 */
export function endGently(app: Pick<FastifyInstance, 'addHook' | 'server'>, grace: number): void {
  const held = new Set<AbortController>();
  let isEnding = false;
  let late: NodeJS.Timeout | undefined;
  // For every answer, of which there are thousands a second: nothing is noted of those that nobody holds.
  app.addHook('onRequest', (_request, reply, done) => {
    (reply.raw as Answer)[HELD] = held;
    done();
  });
  app.addHook('onResponse', (_request, _reply, done) => {
    // It was not idle when the others were closed.
    if (isEnding) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook('preClose', async () => {
    isEnding = true;
    late = setTimeout(() => app.server.closeAllConnections(), grace);
    for (const one of held) one.abort(new ServerEnding());
  });
  app.addHook('onClose', async () => clearTimeout(late));
}

/**
 * Fires when the answer was sent, its client has gone or the server ends; with ServerEnding for the last. Of the answer, not of the
 * connection, which many answers share.
 */
export function gone(answer: Answer): AbortSignal {
  const controller = new AbortController();
  if (answer.destroyed) {
    controller.abort();
    return controller.signal;
  }
  const held = answer[HELD];
  held?.add(controller);
  answer.once('close', () => {
    held?.delete(controller);
    controller.abort();
  });
  return controller.signal;
}
