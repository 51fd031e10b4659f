import Type from 'typebox';
import type { TypedApp } from './app.ts';
import { FailureGroupSchema } from './overview/failing.ts';
import type { Figures } from './overview/overview.ts';
import { ProblemSchema } from './problems.ts';

/** Why builds fail, for whoever looks after them. */
export function failureRoutes(app: TypedApp, figures: Figures): void {
  app.get(
    '/api/v1/failures',
    {
      schema: {
        tags: ['builds'],
        summary: 'Builds of the last 24 hours that failed, by reason, the most frequent first',
        response: {
          200: Type.Object({ items: Type.Array(FailureGroupSchema) }),
          '4xx': ProblemSchema,
          '5xx': ProblemSchema,
        },
      },
    },
    async () => ({ items: await figures.failures() }),
  );
}
