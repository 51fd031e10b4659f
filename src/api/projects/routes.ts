import Type from 'typebox';
import { listProjects } from '../../storage/projects.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { readNameCursor, writeCursor } from '../cursor.ts';
import { ProblemSchema } from '../problems.ts';
import { publicUrl } from '../public-url.ts';
import { knownName, ProjectName } from './name.ts';
import { ProjectViewSchema, projectView } from './view.ts';

const PAGE_SIZE = 50;
const Text = Type.String();
const tags = ['projects'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };

/** What is stored, by project. */
export function projectRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/projects',
    {
      schema: {
        tags,
        summary: 'Projects that have stored wheels, by name',
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 200, default: PAGE_SIZE }),
          cursor: Type.Optional(Text),
          begins: Type.Optional(Type.String({ pattern: '^[a-z0-9-]*$', description: 'What their names begin with' })),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                name: Text,
                wheels: Type.Integer({ description: 'How many are stored' }),
                newest: Type.Optional(Type.String({ description: 'The newest version of them' })),
                url: Text,
              }),
            ),
            next: Type.Optional(Text),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { limit, cursor, begins } = request.query;
      const { projects, isLast } = await listProjects(api.store, { after: readNameCursor(cursor), begins, limit });
      const base = publicUrl(api.config, request);
      const items = projects.map(({ name, wheels, newest }) => ({
        ...{ name, wheels },
        ...(newest !== undefined && { newest }),
        url: `${base}/api/v1/projects/${name}`,
      }));
      const last = items.at(-1)?.name;
      return { items, ...(!isLast && last !== undefined && { next: writeCursor(last) }) };
    },
  );

  app.get(
    '/api/v1/projects/:project',
    {
      schema: {
        tags,
        summary: 'The wheels that are stored of a project, and those that were deleted',
        params: ProjectName,
        response: { 200: ProjectViewSchema, ...problems },
      },
    },
    async (request) => projectView(api.store, knownName(request.params.project), publicUrl(api.config, request)),
  );
}
