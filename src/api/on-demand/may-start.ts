import type { FastifyRequest } from 'fastify';
import { allows } from '../../access/scope.ts';
import type { Config } from '../../config.ts';

/** Whether who asks may have wheels built by asking for them: nobody is promised what would be refused. */
export function mayStart(request: FastifyRequest, { onDemand, onDemandScope }: Config): boolean {
  return onDemand !== 'off' && (request.token === undefined || allows(request.token.scopes, onDemandScope));
}
