import type { FastifyReply } from 'fastify';

/** Sends a list, to be asked for again each time. */
export function sendText(reply: FastifyReply, text: Buffer | string): FastifyReply {
  return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(text);
}
