import type { FastifyInstance } from 'fastify';
import { escapeHtml } from '../core/html.ts';
import { ERRORS, FAILURES } from '../errors.ts';

/** What the `type` of a problem document leads to: every code and every reason, with what it means. */
export function errorPage(app: FastifyInstance): void {
  const schema = { tags: ['operations'], summary: 'Every error code and failure reason', produces: ['text/html'] };
  app.get('/docs/errors', { schema }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', "default-src 'none'").send(page),
  );
}

/** Some reasons are codes, too. */
const row = (code: string, text: string, id = code) =>
  `<dt id="${id}"><code>${code}</code></dt><dd>${escapeHtml(text)}</dd>`;

const errors = Object.entries(ERRORS).map(([code, { status, title }]) => row(code, `${title} (HTTP ${status}).`));
const failures = Object.entries(FAILURES).map(([reason, { hint }]) => row(reason, hint, `reason-${reason}`));
const page = `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Wheelmill: errors</title>
<h1>Errors</h1>
<h2>Codes of the HTTP interface</h2>
<dl>${errors.join('\n')}</dl>
<h2>Reasons of failed builds</h2>
<dl>${failures.join('\n')}</dl>
</html>
`;
