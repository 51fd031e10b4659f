import type { FastifyReply, FastifyRequest } from 'fastify';
import { html } from '../../core/html.ts';
import { ERRORS, type ErrorCode } from '../../errors.ts';
import { ASSET_URLS } from './assets.ts';
import { shell } from './layout.ts';

/** What went wrong, for a person with a browser: a sentence that says what to do, the code, and the request for whoever has the log. */
export function sendErrorPage(
  reply: FastifyReply,
  request: FastifyRequest,
  { code, message }: { code: ErrorCode; message: string },
) {
  const { status, title } = ERRORS[code];
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(
      shell({
        title,
        urls: ASSET_URLS,
        nav: html`<a class="brand" href="/dashboard">Wheelmill</a>`,
        main: html`<main id="main" tabindex="-1"><h1>${title}</h1><p class="problem">${message}</p>
<p class="quiet"><a href="/docs/errors#${code}"><code>${code}</code></a> · request <code>${request.id}</code></p>
<p><a href="/dashboard">To the overview</a></p></main>`,
      }),
    );
}
