import type { FastifyRequest } from 'fastify';
import { allows, type Scope } from '../../access/scope.ts';
import type { Config } from '../../config.ts';
import { publicUrl } from '../public-url.ts';

/** Who looks at a page: whom it is the same for has an equal `key`. */
export type Viewer = {
  key: string;
  /** The URL under which the viewer reaches this server. */
  base: string;
  /** Name of the token; undefined where the server asks for none. */
  token: string | undefined;
  /** Whether what needs this scope is offered. The guard of the route decides all the same. */
  may(scope: Scope): boolean;
};

export function viewerOf(config: Config, request: FastifyRequest): Viewer {
  const base = publicUrl(config, request);
  const { token } = request;
  return {
    key: JSON.stringify([base, token?.name, token?.scopes]),
    base,
    token: token?.name,
    may: (scope) => token === undefined || allows(token.scopes, scope),
  };
}
