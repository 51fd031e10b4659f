import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { findToken, lapsed, type Token } from '../../access/token.ts';
import type { TokenSource } from '../../access/token-source.ts';
import type { Config } from '../../config.ts';
import { type Html, html } from '../../core/html.ts';
import type { TypedApp } from '../app.ts';
import { clientOf } from '../client-of.ts';
import { ASSET_URLS } from '../dashboard/assets.ts';
import { acceptForms } from '../dashboard/form-body.ts';
import { shell } from '../dashboard/layout.ts';
import { setPolicy } from '../dashboard/policy.ts';
import { COOKIE, sentSecret } from './credentials.ts';
import type { RequestRate } from './request-rate.ts';

/** Nobody has to sign in again in the middle of a working day. */
const SESSION_SECONDS = 12 * 3600;
const Form = Type.Object({ token: Type.Optional(Type.String()), next: Type.Optional(Type.String()) });

/**
 * Signing in with a token, for people with a browser. The cookie holds the token itself: every API process knows it, and it
 * ends with the token. No script can read it, and no other site can have it sent. Works with scripts off.
 */
export function sessionRoutes(
  app: TypedApp,
  { config, source, rate }: { config: Config; source: TokenSource; rate: RequestRate },
): void {
  const schema = { tags: ['access'], produces: ['text/html'] };

  app.register(async (untyped) => {
    const scope = untyped.withTypeProvider<TypeBoxTypeProvider>();
    acceptForms(scope);

    scope.get(
      '/login',
      { schema: { ...schema, summary: 'The form to sign in with a token', querystring: Type.Pick(Form, ['next']) } },
      async (request, reply) => sendPage(reply, pageOf(request, { next: request.query.next })),
    );

    const signIn = { ...schema, summary: 'Sign in: a form with a token', body: Form };
    scope.post('/login', { schema: signIn }, async (request, reply) => {
      const { token: secret = '', next } = request.body;
      const token = tokenOf(secret.trim());
      if (!token) await rate.count(clientOf(request.ip));
      if (!token) return sendPage(reply.code(401), pageOf(request, { next, failed: true }));
      setCookie(request, reply, secret.trim(), SESSION_SECONDS);
      return reply.redirect(ownPath(next), 303);
    });

    scope.post('/logout', { schema: { ...schema, summary: 'Sign out' } }, async (request, reply) => {
      setCookie(request, reply, '', 0);
      return reply.redirect('/login', 303);
    });
  });

  function tokenOf(secret: string): Token | undefined {
    const token = findToken(source.tokens() ?? new Map(), secret);
    return token && lapsed(token) === undefined ? token : undefined;
  }

  function setCookie(request: FastifyRequest, reply: FastifyReply, value: string, seconds: number): void {
    const isSecure = request.protocol === 'https' || config.publicUrl?.startsWith('https:');
    const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;
    reply.header('set-cookie', `${COOKIE}=${value}; ${flags}`).header('cache-control', 'no-store');
  }

  function pageOf(
    request: FastifyRequest,
    { next, failed = false }: { next?: string | undefined; failed?: boolean },
  ): Html {
    if (!source.tokens())
      return html`<p>This server asks for no tokens: everybody may do everything. <a href="/dashboard">To the overview</a></p>`;
    const { cookie } = request.headers;
    const token = tokenOf(sentSecret(cookie === undefined ? {} : { cookie }) ?? '');
    if (token && !failed)
      return html`<p>Signed in with the token ${token.name}: ${token.scopes.join(', ')}. <a href="/dashboard">To the overview</a></p>
<form method="post" action="/logout"><button>Sign out</button></form>`;
    return html`${failed && html`<p class="problem" role="alert">This token is not known here, expired or revoked.</p>`}<form method="post" action="/login" class="filter">
<input type="hidden" name="next" value="${ownPath(next)}">
<label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
<button class="primary">Sign in</button>
</form><p class="hint">Whoever runs this server makes tokens with <code>wheelmill token create</code>.</p>`;
  }
}

/** Where to go afterwards: a path of this server and nothing else, be it written as it may (`//host`, `/\host`). */
function ownPath(next = ''): string {
  return /^\/(?!\/)[\w.~%!$&'()*+,;=:@/?-]*$/.test(next) ? next : '/dashboard';
}

function sendPage(reply: FastifyReply, body: Html): FastifyReply {
  setPolicy(reply);
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(
      shell({
        title: 'Sign in',
        urls: ASSET_URLS,
        nav: html`<a class="brand" href="/dashboard">Wheelmill</a>`,
        main: html`<main id="main" tabindex="-1"><h1>Sign in</h1><section>${body}</section></main>`,
      }),
    );
}
