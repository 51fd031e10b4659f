import type { FastifyInstance } from 'fastify';

/** A form of ours has a few short fields. */
const MAX_FORM_BYTES = 16 * 1024;

/** Reads bodies of forms in this scope as objects of text; a field that was left empty is not there. Elsewhere this type is a list. */
export function acceptForms(scope: FastifyInstance, bodyLimit = MAX_FORM_BYTES): void {
  scope.removeContentTypeParser('application/x-www-form-urlencoded');
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    (_request, body, done) =>
      done(null, Object.fromEntries([...new URLSearchParams(String(body))].filter(([, value]) => value !== ''))),
  );
}
