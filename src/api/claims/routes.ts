import Type from 'typebox';
import { isProjectName, type NormalizedName, normalizeName } from '../../core/names.ts';
import { ClaimSchema } from '../../core/records/claim.ts';
import { WheelmillError } from '../../errors.ts';
import { listClaims, readClaim } from '../../storage/claims.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { readNameCursor, writeCursor } from '../cursor.ts';
import { ProblemSchema } from '../problems.ts';
import { claimName, unclaimName } from './claim-name.ts';

const tags = ['claims'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };
const Name = Type.Object({ name: Type.String({ description: 'Project name, in any spelling' }) });
const Force = Type.Object(
  { force: Type.Boolean({ default: false, description: 'Also where files that the index shows are hidden by it' }) },
  { additionalProperties: false },
);
const PAGE_SIZE = 50;
export const ClaimViewSchema = Type.Object(Type.Omit(ClaimSchema, ['schema']).properties);
const Hidden = Type.Array(Type.String(), { description: 'Files that are stored and that the index does not show' });

/** Names that belong to this server and are never looked up upstream. */
export function claimRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/claims',
    {
      schema: {
        tags,
        summary: 'Claimed names',
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 200, default: PAGE_SIZE }),
          cursor: Type.Optional(Type.String()),
        }),
        response: {
          200: Type.Object({ items: Type.Array(ClaimViewSchema), next: Type.Optional(Type.String()) }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { limit } = request.query;
      const after = readNameCursor(request.query.cursor);
      const names: string[] = [];
      for await (const name of listClaims(api.store, after === undefined ? {} : { after })) {
        names.push(name);
        if (names.length > limit) break;
      }
      const claims = await Promise.all(names.slice(0, limit).map((name) => readClaim(api.store, name)));
      const next = names.length > limit ? names[limit - 1] : undefined;
      return {
        items: claims.flatMap((one) => (one ? [viewOf(one)] : [])),
        ...(next !== undefined && { next: writeCursor(next) }),
      };
    },
  );

  app.put(
    '/api/v1/projects/:name/claim',
    {
      schema: {
        tags,
        summary: 'Claim a name: it is never looked up upstream from then on',
        params: Name,
        querystring: Force,
        response: {
          200: Type.Object({ ...ClaimViewSchema.properties, hidden: Hidden }),
          201: Type.Object({ ...ClaimViewSchema.properties, hidden: Hidden }),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { claim, hidden, isNew } = await claimName(api, nameIn(request.params.name), request.query);
      return reply.code(isNew ? 201 : 200).send({ ...viewOf(claim), hidden });
    },
  );

  app.delete(
    '/api/v1/projects/:name/claim',
    {
      schema: {
        tags,
        summary: 'Give a name back to upstream',
        params: Name,
        querystring: Force,
        response: { 200: Type.Object({ project: Type.String(), hidden: Hidden }), ...problems },
      },
    },
    async (request) => {
      const name = nameIn(request.params.name);
      return { project: name, ...(await unclaimName(api, name, request.query)) };
    },
  );
}

function viewOf({ schema: _, ...claim }: NonNullable<Awaited<ReturnType<typeof readClaim>>>) {
  return claim;
}

function nameIn(text: string): NormalizedName {
  if (isProjectName(text)) return normalizeName(text);
  throw new WheelmillError('bad-request', `"${text.slice(0, 80)}" is no project name.`);
}
