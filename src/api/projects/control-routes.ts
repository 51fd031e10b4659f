import Type from 'typebox';
import type { NormalizedName } from '../../core/names.ts';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { type Change, remove, takeDeletionBack, takeYankBack, yank } from './change.ts';
import { knownName, ProjectName } from './name.ts';
import { WhichSchema } from './which.ts';

const tags = ['projects'];
const problems = { '4xx': ProblemSchema, '5xx': ProblemSchema };
const Text = Type.String();

/** It stands on pages and in pip's output, on one line. */
export const Reason = Type.Optional(
  Type.String({ maxLength: 500, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description: 'One line, for people' }),
);

const Files = Type.Array(Text);
export const ChangeSchema = Type.Object({
  project: Text,
  changed: Type.Array(Text, { description: 'File names of which this was not so before' }),
  unchanged: Files,
  released: Type.Optional(Type.Array(Text, { description: 'Whose bytes are gone: they may be stored again' })),
});

/** What people do to stored wheels. Every answer says what is so now, and the index says it too. */
export function projectControlRoutes(app: TypedApp, api: Api): void {
  const answer = (project: NormalizedName, change: Change) => ({ project, ...change });
  const response = { 200: ChangeSchema, ...problems };
  const Body = Type.Object(WhichSchema.properties, { additionalProperties: false });
  const BodyWithReason = Type.Object({ ...WhichSchema.properties, reason: Reason }, { additionalProperties: false });
  const Query = Type.Object({ reason: Reason }, { additionalProperties: false });

  app.post(
    '/api/v1/projects/:project/yank',
    { schema: { tags, summary: 'Yank wheels (PEP 592)', params: ProjectName, body: BodyWithReason, response } },
    async ({ params, body: { reason, ...which } }) => {
      const project = knownName(params.project);
      return answer(project, await yank(api, project, which, reason));
    },
  );

  app.post(
    '/api/v1/projects/:project/unyank',
    { schema: { tags, summary: 'Take a yank back', params: ProjectName, body: Body, response } },
    async ({ params, body }) => {
      const project = knownName(params.project);
      return answer(project, await takeYankBack(api, project, body));
    },
  );

  app.delete(
    '/api/v1/projects/:project/files/:filename',
    {
      schema: {
        tags,
        summary: 'Delete a wheel; its bytes are kept for a day',
        params: Type.Object({ ...ProjectName.properties, filename: Text }),
        querystring: Query,
        response,
      },
    },
    async ({ params: { filename, ...params }, query }) => {
      const project = knownName(params.project);
      return answer(project, await remove(api, project, { filename }, query.reason));
    },
  );

  app.delete(
    '/api/v1/projects/:project/versions/:version',
    {
      schema: {
        tags,
        summary: 'Delete the wheels of a version; their bytes are kept for a day',
        params: Type.Object({ ...ProjectName.properties, version: Text }),
        querystring: Query,
        response,
      },
    },
    async ({ params: { version, ...params }, query }) => {
      const project = knownName(params.project);
      return answer(project, await remove(api, project, { version }, query.reason));
    },
  );

  app.post(
    '/api/v1/projects/:project/undelete',
    { schema: { tags, summary: 'Take a deletion back', params: ProjectName, body: Body, response } },
    async ({ params, body }) => {
      const project = knownName(params.project);
      return answer(project, await takeDeletionBack(api, project, body));
    },
  );
}
