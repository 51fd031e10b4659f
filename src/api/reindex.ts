import Type from 'typebox';
import { ReindexRequestSchema, ReindexSchema } from '../core/records/reindex.ts';
import { WheelmillError } from '../errors.ts';
import { openReindex, readOpenReindex, readReindex } from '../storage/reindex-records.ts';
import { reindexWork } from '../workers/queue/works.ts';
import type { TypedApp } from './app.ts';
import type { Api } from './context.ts';
import { ProblemSchema } from './problems.ts';

const { schema, ...shown } = ReindexSchema.properties;
const { check, hash, requestedAt } = ReindexRequestSchema.properties;

/** How a reindex stands: `queued` until a worker has begun it. */
export const ReindexViewSchema = Type.Object({
  ...Type.Partial(Type.Object(shown)).properties,
  ...{ check, hash, requestedAt },
  state: Type.Union([Type.Literal('queued'), ...shown.state.anyOf]),
});

const tags = ['operations'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** Rendering all pages anew from the records, and looking whether what they promise is there. */
export function reindexRoutes(app: TypedApp, api: Api): void {
  app.post(
    '/api/v1/reindex',
    {
      schema: {
        tags,
        summary: 'Render every page anew, and take off the index what is broken',
        description: 'While one is under way, asking for the same again changes nothing. GET shows how far it is.',
        querystring: Type.Object(
          {
            check: Type.Boolean({ default: false, description: 'Only look: change nothing' }),
            hash: Type.Boolean({ default: false, description: 'Read all bytes, and compare their hashes' }),
          },
          { additionalProperties: false },
        ),
        response: { 202: ReindexViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { check, hash } = request.query;
      const open = await readOpenReindex(api.store);
      if (open && (open.check !== check || open.hash !== hash))
        throw new WheelmillError(
          'not-ready',
          `A ${open.check ? 'check' : 'reindex'} with other options is under way since ${open.requestedAt}. Ask again when it has ended.`,
        );
      if (!open) {
        // Asked first: a wish that is written is carried out, also where the answer to it is an error.
        await api.queue.ping();
        await openReindex(api.store, { schema: 1, check, hash, requestedAt: new Date().toISOString() });
      }
      await api.queue.add(reindexWork());
      return reply
        .code(202)
        .header('location', '/api/v1/reindex')
        .send(await view(api));
    },
  );

  app.get(
    '/api/v1/reindex',
    {
      schema: {
        tags,
        summary: 'How the reindex under way stands, or the latest one ended',
        response: { 200: ReindexViewSchema, ...problems },
      },
    },
    () => view(api),
  );
}

async function view(api: Pick<Api, 'store'>) {
  // Asked for first: one that ends has its record before it is no longer open.
  const open = await readOpenReindex(api.store);
  const record = await readReindex(api.store);
  if (open && record?.requestedAt !== open.requestedAt) {
    const { schema, ...asked } = open;
    return { ...asked, state: 'queued' as const };
  }
  if (!record) throw new WheelmillError('not-found', 'Nobody has asked for a reindex yet. POST here to begin one.');
  const { schema, ...shown } = record;
  return shown;
}
