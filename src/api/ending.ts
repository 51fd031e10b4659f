import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What an answer is told when its server ends: an event of its own. */
const ENDING = 'wheelmill-ending';

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
  const answers = new Set<ServerResponse>();
  let isEnding = false;
  let late: NodeJS.Timeout | undefined;
  app.addHook('onRequest', async (_request, reply) => {
    answers.add(reply.raw);
    reply.raw.once('close', () => {
      answers.delete(reply.raw);
      // It was not idle when the others were closed.
      if (isEnding) setImmediate(() => app.server.closeIdleConnections());
    });
  });
  app.addHook('preClose', async () => {
    isEnding = true;
    late = setTimeout(() => app.server.closeAllConnections(), grace);
    for (const answer of answers) answer.emit(ENDING);
  });
  app.addHook('onClose', async () => clearTimeout(late));
}

/**
 * Fires when the answer was sent, its client has gone or the server ends; with ServerEnding for the last. Of the answer, not of the
 * connection, which many answers share.
 */
export function gone(answer: EventEmitter & { destroyed: boolean }): AbortSignal {
  const controller = new AbortController();
  if (answer.destroyed) controller.abort();
  else {
    answer.once('close', () => controller.abort());
    answer.once(ENDING, () => controller.abort(new ServerEnding()));
  }
  return controller.signal;
}
