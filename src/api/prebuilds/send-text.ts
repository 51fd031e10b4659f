import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Sends a list, to be asked for again each time. */
export function sendText(reply: FastifyReply, text: Buffer | string): FastifyReply {
  return reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8').send(text);
}

/** Sends a text as it comes; proxies are asked to pass each piece on at once. */
export function streamText(reply: FastifyReply, text: AsyncIterable<string>): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .type('text/plain; charset=utf-8')
    .send(Readable.from(text));
}
