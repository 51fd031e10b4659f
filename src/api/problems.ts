import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { MAX_LIST_FILES } from '../core/list-named-files.ts';
import { prefersText } from '../core/negotiation.ts';
import { ERRORS, type ErrorCode, WheelmillError } from '../errors.ts';

/** An error answer: RFC 9457, with a stable code, all faults, and the id to find the request in the log. */
export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  request: Type.String(),
  faults: Type.Optional(Type.Array(Type.Unknown())),
});

/** Exactly this, no charset: uv shows the detail of nothing else (RFC 9457). */
const PROBLEM_TYPE = 'application/problem+json';

/** Waiting longer than this is of no use to a client whose server comes back in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** pip shows the reason phrase of an answer and nothing else; HTTP/1 allows printable ASCII only. */
function reasonPhrase(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400);
}

/** Every error becomes a problem document; what is not ours is logged whole and shown as nothing but its request id. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(asOurs(error, request), request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new WheelmillError(
        'not-found',
        `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}. See /docs for what there is.`,
      ),
      request,
      reply,
    ),
  );
}

/** For what fastify refuses before there is a route. */
export function sendFrameworkProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(asOurs(error, request), request, reply);
}

/** Answers with a problem document (RFC 9457). */
export function sendProblem(error: WheelmillError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, title } = ERRORS[error.code];
  if (status === 503 || status === 429) reply.header('retry-after', error.retryAfter ?? RETRY_AFTER_SECONDS);
  reply.raw.statusMessage = reasonPhrase(error.message.split('\n')[0] ?? title);
  if (prefersText(request.headers.accept)) return sendPlainProblem(error, reply);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-type', PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send({
      type: `/docs/errors#${error.code}`,
      title,
      status,
      detail: error.message,
      code: error.code,
      request: request.id,
      ...(error.faults && { faults: error.faults }),
    });
}

/** For a shell that asked for text: the sentence, and last a line that it can test (docs/http.md#text). */
function sendPlainProblem({ code, message }: WheelmillError, reply: FastifyReply): FastifyReply {
  return reply
    .code(ERRORS[code].status)
    .header('cache-control', 'no-store')
    .type('text/plain; charset=utf-8')
    .serializer(String)
    .send(`${message}\nwheelmill: refused ${code}\n`);
}

const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'list-too-large',
  FST_REQ_FILE_TOO_LARGE: 'list-too-large',
  FST_FILES_LIMIT: 'list-too-large',
  FST_PARTS_LIMIT: 'list-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
};

/** The error that a client is told of. */
export function asOurs(error: FastifyError, request: FastifyRequest): WheelmillError {
  if (error instanceof WheelmillError) {
    // What is being built is no trouble, and asked for again and again.
    if (error.status >= 500 && error.code !== 'being-built')
      request.log.error({ err: error, cause: error.cause }, error.message);
    return error;
  }
  const known = FASTIFY_CODES[error.code];
  if (known === 'list-too-large')
    return new WheelmillError(
      known,
      `A requirements list may have 1 MiB, a lock file 8 MiB, and a posting ${MAX_LIST_FILES} files. Send only what you install.`,
      {
        cause: error,
      },
    );
  if (known)
    return new WheelmillError(
      known,
      'Send the list as text/plain, as a multipart file named "requirements", or as JSON.',
      { cause: error },
    );
  if (error.validation)
    return new WheelmillError('bad-request', error.message, {
      cause: error,
      faults: error.validation.map(({ instancePath, message, params }) => ({ at: instancePath, message, ...params })),
    });
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new WheelmillError('bad-request', error.message, { cause: error });
  request.log.error({ err: error }, 'unexpected error');
  return new WheelmillError('internal', `Something went wrong; the server's log has it under request ${request.id}.`, {
    cause: error,
  });
}
