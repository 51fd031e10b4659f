import type { Config } from '../../config.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { bareApp, type TypedApp } from '../app.ts';
import type { Api } from '../context.ts';
import { guardOrigin } from '../guard.ts';
import { answerProblems } from '../problems.ts';
import { metricsRoutes } from './routes.ts';

/** A listener for Prometheus alone, also of a worker, which has no other: it shows figures, looks at no token, and has no other route. */
export function buildMetricsApp(parts: { config: Config; log: Api['log']; metrics: Metrics }): TypedApp {
  const app = bareApp(parts.log, parts.config.stopGrace);
  answerProblems(app);
  guardOrigin(app, parts.config);
  metricsRoutes(app, parts.metrics);
  return app;
}
