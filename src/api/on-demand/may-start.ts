import type { FastifyRequest } from 'fastify';
import { allows } from '../../access/scope.ts';
import type { Config } from '../../config.ts';
import { WheelmillError } from '../../errors.ts';

/** Whether who asks may have wheels built by asking for them: nobody is promised what would be refused. */
export function mayStart(request: FastifyRequest, { onDemand, onDemandScope }: Config): boolean {
  return onDemand !== 'off' && (request.token === undefined || allows(request.token.scopes, onDemandScope));
}

/** Of browsers, and of programs that follow every link they see. */
export function installsNothing(userAgent: string | undefined): boolean {
  return userAgent !== undefined && /^mozilla\/|bot\b|crawl|spider|slurp/i.test(userAgent);
}

/** Throws WheelmillError `on-demand-refused` or `scope-missing` for whoever nothing is built for. */
export function refuseWhoMayNot(request: FastifyRequest, config: Config): void {
  if (installsNothing(request.headers['user-agent']))
    throw new WheelmillError(
      'on-demand-refused',
      'This wheel is built for pip or uv when they install it, and not for browsers or crawlers.',
    );
  if (!mayStart(request, config))
    throw new WheelmillError(
      'scope-missing',
      `This token may not have wheels built: that needs the scope ${config.onDemandScope}.`,
    );
}
