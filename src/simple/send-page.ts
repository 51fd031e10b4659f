import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { acceptedCodings, type ContentCoding } from '../core/content-coding.ts';
import { INDEX_TYPES, type IndexType, negotiateIndexType } from '../core/negotiation.ts';
import { WheelmillError } from '../errors.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';
import { noneMatches } from './conditional.ts';
import type { RenderedPage } from './index-view.ts';
import { PACKED_FROM_BYTES, packedPage } from './packed-page.ts';
import { asBadGateway } from './upstream-failure.ts';

const CONTENT_TYPE: Record<IndexType, string> = {
  'application/vnd.pypi.simple.v1+json': 'application/vnd.pypi.simple.v1+json',
  'application/vnd.pypi.simple.v1+html': 'application/vnd.pypi.simple.v1+html; charset=utf-8',
  'text/html': 'text/html; charset=utf-8',
};

/** What the answer to any request for a page depends on, refusals included. */
const VARY = 'Accept, Accept-Encoding';

/**
 * Answers with an index page in the type and the coding that the client likes best, under conditions, to be revalidated each time.
 *
 * @param vary further headers of the request that the page depends on
 * @throws WheelmillError `not-acceptable`; `not-found` where `pageIn` gives none; upstream's failures as a bad gateway's.
 */
export async function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  pageIn: (format: PageFormat) => RenderedPage | undefined | Promise<RenderedPage | undefined>,
  vary?: string,
): Promise<FastifyReply> {
  const { accept, 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = request.headers;
  const { format } = request.query as { format?: unknown };
  reply.header('vary', vary === undefined ? VARY : `${VARY}, ${vary}`);
  const type = typeFor(accept, typeof format === 'string' ? format : undefined);
  if (!type) throw new WheelmillError('not-acceptable', `Index pages can be had as ${INDEX_TYPES.join(', ')}.`);
  const codings = codingsFor(acceptEncoding);
  if (codings.length === 0)
    throw new WheelmillError('not-acceptable', 'Index pages can be had as they are or with gzip.');
  const plain = await Promise.resolve(pageIn(type.endsWith('json') ? 'json' : 'html')).catch(asBadGateway);
  if (!plain) throw new WheelmillError('not-found', 'This index has no such project.');

  const isPacked = codings[0] === 'gzip' && (plain.body.length >= PACKED_FROM_BYTES || !codings.includes('identity'));
  const page = isPacked ? await packedPage(plain) : plain;
  reply.header('etag', page.etag).header('cache-control', 'no-cache');
  if (plain.note) reply.header('wheelmill-upstream', plain.note);
  if (!noneMatches(ifNoneMatch, page.etag)) return reply.code(304).send();
  if (isPacked) reply.header('content-encoding', 'gzip');
  return reply.header('content-type', CONTENT_TYPE[type]).send(page.body);
}

/** Clients send the same few headers all the time; a longer one than this is nobody's. */
const MAX_REMEMBERED_CHARS = 500;
const types = new LRUCache<string, { type: IndexType | undefined }>({ max: 200 });
const codingLists = new LRUCache<string, readonly ContentCoding[]>({ max: 200 });

function typeFor(accept: string | undefined, format: string | undefined): IndexType | undefined {
  if (format !== undefined || accept === undefined || accept.length > MAX_REMEMBERED_CHARS)
    return negotiateIndexType(accept, format);
  const known = types.get(accept);
  if (known) return known.type;
  const type = negotiateIndexType(accept);
  types.set(accept, { type });
  return type;
}

function codingsFor(header: string | undefined): readonly ContentCoding[] {
  if (header === undefined || header.length > MAX_REMEMBERED_CHARS) return acceptedCodings(header);
  const known = codingLists.get(header);
  if (known) return known;
  const codings = acceptedCodings(header);
  codingLists.set(header, codings);
  return codings;
}
