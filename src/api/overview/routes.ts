import type { TypedApp } from '../app.ts';
import { ProblemSchema } from '../problems.ts';
import { type Figures, OverviewSchema } from './overview.ts';

/** What the first page of the dashboard shows, for programs. */
export function overviewRoutes(app: TypedApp, figures: Figures): void {
  app.get(
    '/api/v1/overview',
    {
      schema: {
        tags: ['operations'],
        summary:
          'What the overview of the dashboard shows: throughput of the last hour and day, what runs, what needs a person',
        response: { 200: OverviewSchema, '4xx': ProblemSchema, '5xx': ProblemSchema },
      },
    },
    () => figures.overview(),
  );
}
