import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { WheelmillError } from '../errors.ts';

/**
 * Answers only for hosts this server knows: a web page whose name was rebound to this address (DNS rebinding) has
 * another one. And refuses requests of other web pages that could start work or read answers.
 */
export function guardOrigin(app: FastifyInstance, config: Config): void {
  const known = new Set(['localhost', 'host.docker.internal', ...config.allowedHosts.map((one) => one.toLowerCase())]);
  if (config.publicUrl) known.add(new URL(config.publicUrl).hostname.toLowerCase());

  // No promise: it runs for every request, thousands of them a second where a page is in memory.
  app.addHook('onRequest', (request, _reply, done) => {
    const host = hostOf(request);
    if (host === undefined || !(known.has(host) || isIP(host.replace(/^\[|\]$/g, '')))) return done(unknownHost(host));
    done(startsWork(request) && isForeign(request, config) ? foreignOrigin() : undefined);
  });
}

function unknownHost(host: string | undefined): WheelmillError {
  const name = host === undefined ? 'no host' : `"${host.slice(0, 100)}"`;
  return new WheelmillError(
    'unknown-host',
    `This server does not answer for ${name}. If it should, add the name to WHEELMILL_ALLOWED_HOSTS or set WHEELMILL_PUBLIC_URL.`,
  );
}

function foreignOrigin(): WheelmillError {
  return new WheelmillError(
    'foreign-origin',
    'A web page of another origin may not start work here. Use curl, the command line, or the pages of this server.',
  );
}

/** The name or address of the Host header, lower case, without port; undefined when it is missing or malformed. */
function hostOf(request: FastifyRequest): string | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/.exec(request.headers.host ?? '');
  return match?.[1]?.toLowerCase();
}

/** Everything but plain reads; reads that can start work say so in their route's config. */
function startsWork(request: FastifyRequest): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(request.method) || request.routeOptions.config?.startsWork === true;
}

function isForeign(request: FastifyRequest, config: Config): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = request.headers.origin;
  if (origin === undefined) return false;
  return (
    origin !== `${request.protocol}://${request.headers.host}` &&
    origin !== (config.publicUrl && new URL(config.publicUrl).origin)
  );
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A read that can start work: refused for other web pages like a write. */
    startsWork?: boolean;
  }
}
