import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { allows, type Scope } from '../../access/scope.ts';
import { findToken, lapsed, type Token } from '../../access/token.ts';
import type { TokenSource } from '../../access/token-source.ts';
import { WheelmillError } from '../../errors.ts';
import { clientOf } from '../client-of.ts';
import { sentSecret } from './credentials.ts';
import type { RequestRate } from './request-rate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that the request came with; undefined where the server asks for none. */
    token: Token | undefined;
  }
}

/** What pip, uv, twine and browsers want to see before they send a password (RFC 7617). */
const CHALLENGE = 'Basic realm="wheelmill", charset="UTF-8"';

/**
 * Lets a request through to its route if its token has the scope that the route declares. Before the body is read: who may
 * not upload uploads nothing.
 */
export function guardAccess(app: FastifyInstance, { source, rate }: { source: TokenSource; rate: RequestRate }): void {
  app.decorateRequest('token', undefined);
  // No promises: they run for every request and answer, also where no token is asked for.
  app.addHook('onRequest', (request, reply, done) => {
    const tokens = source.tokens();
    const scope = request.routeOptions.config?.scope;
    if (!tokens || scope === undefined || scope === 'none') return done();
    admit(request, reply, tokens, scope).then(() => done(), done);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.token) keepFromSharedCaches(reply);
    done(null, payload);
  });

  async function admit(
    request: FastifyRequest,
    reply: FastifyReply,
    tokens: ReadonlyMap<string, Token>,
    scope: Scope,
  ): Promise<void> {
    try {
      request.token = knownToken(tokens, sentSecret(request.headers));
    } catch (error) {
      await rate.count(clientOf(request.ip));
      reply.header('www-authenticate', CHALLENGE);
      throw error;
    }
    await rate.count(request.token.id);
    if (!allows(request.token.scopes, scope)) throw scopeMissing(request.token, scope, request);
  }
}

function knownToken(tokens: ReadonlyMap<string, Token>, secret: string | undefined): Token {
  if (secret === undefined)
    throw new WheelmillError(
      'token-missing',
      'This server asks for a token: as the password of the user __token__ (pip, uv, twine), or as WHEELMILL_TOKEN of the commands. Whoever runs it makes one with `wheelmill token create`.',
    );
  const token = findToken(tokens, secret);
  if (!token) throw new WheelmillError('token-refused', 'This token is not known here, or is not whole.');
  const why = lapsed(token);
  if (why) throw new WheelmillError('token-refused', `The token ${token.name} (${token.id}) is ${why}.`);
  return token;
}

function scopeMissing(
  { name, scopes }: Token,
  needed: Scope,
  { method, routeOptions }: FastifyRequest,
): WheelmillError {
  return new WheelmillError(
    'scope-missing',
    `The token ${name} has ${scopes.join(' and ')}; ${method} ${routeOptions.url} needs the scope ${needed}.`,
  );
}

/** A cache in front that keeps it for everybody would give it to those without a token, too (RFC 9111, section 3.5). */
function keepFromSharedCaches(reply: FastifyReply): void {
  const control = String(reply.getHeader('cache-control') ?? 'no-cache');
  if (/\b(private|no-store)\b/.test(control)) return;
  const isPublic = /\bpublic\b/.test(control);
  reply.header('cache-control', isPublic ? control.replace(/\bpublic\b/, 'private') : `private, ${control}`);
}
