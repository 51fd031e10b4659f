import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { WheelmillError } from '../../errors.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import type { Held } from './waiting-room.ts';
import type { PromiseParams, WantedWheel } from './wanted-wheel.ts';

/** What a search for metadata has come to: what is known, or the build that will tell. */
export type Looked = { found: Buffer } | { standing: Standing };

/**
 * Tells a client what to do whose patience ends before what it waits for is there.
 *
 * @throws WheelmillError `being-built` where it shall ask again by itself, `not-ready` where somebody must
 */
export function answerMeanwhile(
  { project, version }: WantedWheel,
  held: Exclude<Held<Looked>, { done: unknown }>,
  config: Config,
  request: FastifyRequest<{ Params: PromiseParams }>,
  reply: FastifyReply,
): FastifyReply {
  if ('left' in held) return reply.hijack();
  const { next } = held;
  if (next.kind === 'redirect')
    return uncached(reply).redirect(`${request.params.filename}?hop=${next.hop}&since=${Date.now()}`, 307);
  const latest = held.latest && 'standing' in held.latest ? held.latest.standing : undefined;
  const where = `${publicUrl(config, request)}/api/v1/prebuilds${latest ? `/${latest.id}` : ''}`;
  const why = latest?.waiting ? ` (${latest.waiting.message})` : '';
  const message = `Wheelmill is still building ${project} ${version}, see ${where}${why}`;
  if (next.kind === 'retry') throw new WheelmillError('being-built', message, { retryAfter: next.afterSeconds });
  throw new WheelmillError('not-ready', `${message}; run this again when it is there`);
}

/** What is true now may not be in a moment. */
export function uncached(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}
