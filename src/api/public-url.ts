import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

/** Where the client reaches this server: as configured, else as it asked. No trailing slash. */
export function publicUrl(config: Config, request: FastifyRequest): string {
  return config.publicUrl ?? `${request.protocol}://${request.headers.host}`;
}
