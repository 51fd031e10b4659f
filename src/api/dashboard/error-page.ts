import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Html, html } from '../../core/html.ts';
import { ERRORS, WheelmillError } from '../../errors.ts';
import { asOurs, sendFrameworkProblem, sendProblem } from '../problems.ts';
import { ASSET_URLS } from './assets.ts';
import { navigation, pathOf, shell, TITLES } from './layout.ts';
import { SECTIONS, type SectionName } from './page.ts';
import { setPolicy } from './policy.ts';

const PREFIX = '/dashboard';

/** Has errors under `/dashboard`, unknown paths included, be pages for browsers. Programs get problem documents as everywhere. */
export function answerOnPages(scope: FastifyInstance): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => answer(asOurs(error, request), request, reply));
  scope.register(
    async (unknown) => {
      unknown.setNotFoundHandler((request, reply) => {
        const path = request.url.split('?')[0]?.slice(0, 200);
        const what = request.method === 'GET' ? `page ${path}` : `${request.method} ${path}`;
        return answer(new WheelmillError('not-found', `There is no ${what}.`), request, reply);
      });
    },
    { prefix: PREFIX },
  );
}

/** For what fastify refuses before there is a route: an address that cannot be decoded. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  if (request.url.startsWith(`${PREFIX}/`) && isBrowser(request)) {
    setPolicy(reply);
    sendErrorPage(reply, request, asOurs(error, request));
  } else sendFrameworkProblem(error, request, reply);
}

function answer(error: WheelmillError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Else browsers ask for a password in a window of their own, when a session has ended on an open page.
  if (accepted(request).includes('text/event-stream')) reply.removeHeader('www-authenticate');
  if (!isBrowser(request)) return sendProblem(error, request, reply);
  if (error.status === 401) return toSignIn(request, reply);
  return sendErrorPage(reply, request, error);
}

const accepted = ({ headers }: FastifyRequest): string => headers.accept ?? '';
const isBrowser = (request: FastifyRequest): boolean => accepted(request).includes('text/html');

/** A browser is shown where to sign in, and comes back to where it was. */
function toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const next = request.method === 'GET' ? request.url : PREFIX;
  reply.removeHeader('www-authenticate');
  return reply.header('cache-control', 'no-store').redirect(`/login?next=${encodeURIComponent(next)}`, 303);
}

/** What went wrong, for a person: a sentence that says what to do, the way back, the code, and the request for whoever has the log. */
function sendErrorPage(reply: FastifyReply, request: FastifyRequest, error: WheelmillError): FastifyReply {
  const { code, message, faults = [] } = error;
  const { status, title } = ERRORS[code];
  const section = sectionOf(request.url);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(
      shell({
        title,
        urls: ASSET_URLS,
        nav: navigation(section, { token: request.token?.name }),
        main: html`<main id="main" tabindex="-1"><h1>${title}</h1><div class="problem" role="alert"><p>${message}</p>${faultList(faults)}</div>
${code === 'scope-missing' && html`<p>Whoever runs this server can make a token that may (<code>wheelmill token create</code>). To use another one, sign out above and sign in with it.</p>`}
<ul class="ways">${waysBack(section)}</ul>
<p class="quiet"><a href="/docs/errors#${code}"><code>${code}</code></a> · request <code>${request.id}</code></p></main>`,
      }),
    );
}

function faultList(faults: readonly unknown[]): Html | false {
  const texts = faults.map((one) => one as { at?: string; message?: string; additionalProperty?: string });
  return (
    faults.length > 0 &&
    html`<ul>${texts.map((one) => html`<li>${[one.at, one.message, one.additionalProperty].filter(Boolean).join(' ')}</li>`)}</ul>`
  );
}

function sectionOf(url: string): SectionName | undefined {
  return SECTIONS.find((one) => one !== 'overview' && url.startsWith(pathOf(one)));
}

function waysBack(section: SectionName | undefined): Html[] {
  const all: SectionName[] = section === undefined ? ['overview'] : [section, 'overview'];
  return all.map((one) => html`<li><a href="${pathOf(one)}">To the ${TITLES[one].toLowerCase()}</a></li>`);
}
