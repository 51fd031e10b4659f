import Type from 'typebox';
import type { TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { ProblemSchema } from '../problems.ts';
import { compared, DiffAgainstSchema, SideSchema, shown, sideOf } from './diff-against.ts';

const Attempt = Type.Optional(Type.Integer({ minimum: 1, description: 'Which attempt; the newest by default' }));
const DiffSchema = Type.Object({ prebuild: SideSchema, ...DiffAgainstSchema.properties });

/** What changed from one prebuild to another. */
export function prebuildDiffRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/prebuilds/:id/diff',
    {
      schema: {
        tags: ['prebuilds'],
        summary: 'What is different from an earlier prebuild: projects added, removed, changed',
        params: Type.Object({ id: Type.String({ description: 'Prebuild id' }) }),
        querystring: Type.Object({
          against: Type.String({ description: 'Prebuild id of the earlier one; its own for an earlier attempt' }),
          attempt: Attempt,
          'against-attempt': Attempt,
        }),
        response: { 200: DiffSchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    async (request) => {
      const { against, attempt, 'against-attempt': earlier } = request.query;
      const [after, before] = await Promise.all([
        sideOf(api, request.params.id, attempt),
        sideOf(api, against, earlier),
      ]);
      return { prebuild: shown(after), ...compared(before, after) };
    },
  );
}
