import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { NO_QUOTAS } from '../access/quotas.ts';
import { NO_TOKENS, type TokenSource } from '../access/token-source.ts';
import { countReads } from '../metrics/count-reads.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { VERSION } from '../release.ts';
import { createIndexMemory } from '../simple/index-memory.ts';
import { simpleIndex } from '../simple/plugin.ts';
import { guardAccess } from './access/guard.ts';
import { createRequestRate } from './access/request-rate.ts';
import { declareScopes } from './access/route-scopes.ts';
import { sessionRoutes } from './access/session.ts';
import { buildControlRoutes } from './builds/control-routes.ts';
import { buildRoutes } from './builds/routes.ts';
import { type Changes, watchChanges } from './changes.ts';
import { claimRoutes } from './claims/routes.ts';
import type { Api } from './context.ts';
import { answerFrameworkError } from './dashboard/error-page.ts';
import { dashboard } from './dashboard/plugin.ts';
import { countDownloads, type Downloads } from './downloads.ts';
import { endGently } from './ending.ts';
import { errorPage } from './error-page.ts';
import { failureRoutes } from './failures.ts';
import { guardOrigin } from './guard.ts';
import { healthRoutes } from './health.ts';
import { listRoutes } from './lists.ts';
import { measureHttp } from './metrics/measure-http.ts';
import { metricsRoutes } from './metrics/routes.ts';
import { showStatus } from './metrics/status-figures.ts';
import { openOnDemand } from './on-demand/routes.ts';
import { keepFigures } from './overview/overview.ts';
import { overviewRoutes } from './overview/routes.ts';
import { prebuildControlRoutes } from './prebuilds/control-routes.ts';
import { prebuildDiffRoutes } from './prebuilds/diff-routes.ts';
import { prebuildFileRoutes } from './prebuilds/file-routes.ts';
import { acceptLists, MAX_LIST_BYTES } from './prebuilds/read-list.ts';
import { prebuildRoutes } from './prebuilds/routes.ts';
import { answerProblems, sendFrameworkProblem } from './problems.ts';
import { projectControlRoutes } from './projects/control-routes.ts';
import { projectRoutes } from './projects/routes.ts';
import { recipeRoutes } from './recipes/routes.ts';
import { reindexRoutes } from './reindex.ts';
import { logRequests } from './request-log.ts';
import { breakOffStopped, type StoppedLimits } from './slow-clients.ts';
import { createParts } from './status/parts.ts';
import { statusRoutes } from './status/routes.ts';
import { createStatus } from './status/status.ts';
import { targetRoutes } from './targets.ts';
import { uploadRoutes } from './uploads/routes.ts';
import { workerRoutes } from './workers.ts';

export type TypedApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type RouteName = { method: string; url: string };

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route there is, with `:name` where a parameter stands: for whoever must not miss one. */
    routeNames: readonly RouteName[];
  }
}

/** What an application is made of; without tokens and quotas it lets everybody do everything. */
export type AppParts = Omit<Api, 'changes' | 'quotas' | 'metrics'> &
  Partial<Pick<Api, 'quotas' | 'metrics'>> & { tokens?: TokenSource; downloads?: Downloads; stopped?: StoppedLimits };

/** Assembles the HTTP interface. It does not listen; closing it ends what it started, not the store or the queue. */
export async function buildApp({ tokens: source = NO_TOKENS, ...parts }: AppParts): Promise<TypedApp> {
  const changes: Changes = watchChanges(parts.queue);
  const metrics = parts.metrics ?? createMetrics({ version: VERSION, role: 'api' });
  const downloads = parts.downloads ?? countDownloads({ ...parts, metrics });
  const api: Api = { quotas: NO_QUOTAS, ...parts, metrics, changes };
  const readParts = createParts(api);
  const figures = keepFigures(api, readParts);
  const app = bareApp(parts.log, parts.config.stopGrace, answerFrameworkError, parts.stopped);
  if (!parts.downloads) app.addHook('onClose', () => downloads.close());
  measureHttp(app, metrics);
  logRequests(app);
  app.addHook('onClose', async () => changes.close());
  const routes: RouteName[] = [];
  app.decorate('routeNames', routes);
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url });
  });
  declareScopes(app);
  const status = createStatus(api, readParts);
  showStatus(metrics, status);
  answerProblems(app);
  guardOrigin(app, parts.config);
  const rate = createRequestRate(parts.config.maxRequests);
  guardAccess(app, { source, rate });
  await app.register(multipart);
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Wheelmill',
        version: '1',
        description: 'Prebuilds wheels from requirements lists and serves them.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A token' },
          basic: { type: 'http', scheme: 'basic', description: 'The user __token__ with a token as the password' },
        },
      },
    },
  });
  acceptLists(app);
  const onDemand = openOnDemand(api);
  app.addHook('onClose', () => onDemand.close());
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    healthRoutes(typed, api);
    onDemand.routes(typed);
    sessionRoutes(typed, { config: parts.config, source, rate });
    prebuildRoutes(typed, api);
    prebuildFileRoutes(typed, api);
    prebuildControlRoutes(typed, api);
    prebuildDiffRoutes(typed, api);
    listRoutes(typed, api);
    buildRoutes(typed, api);
    buildControlRoutes(typed, api);
    projectRoutes(typed, api);
    projectControlRoutes(typed, api);
    uploadRoutes(typed, api);
    claimRoutes(typed, api);
    reindexRoutes(typed, api);
    recipeRoutes(typed, api);
    targetRoutes(typed, api);
    workerRoutes(typed, api);
    statusRoutes(typed, api, status);
    metricsRoutes(typed, metrics);
    overviewRoutes(typed, figures);
    failureRoutes(typed, figures);
    errorPage(scope);
    typed.get('/docs', { schema: { tags: ['operations'], summary: 'This interface as OpenAPI' } }, async () =>
      app.swagger(),
    );
  });
  await app.register((scope) => dashboard(scope.withTypeProvider<TypeBoxTypeProvider>(), { api, figures }));
  app.addHook('onListen', async () => figures.warm());
  const { store, upstream, scratch } = parts;
  const memory = createIndexMemory(store, changes.projects);
  const onDownload = downloads.count;
  const merged = { view: 'merged' as const, store, memory, upstream, scratch, onRead: countReads(metrics), onDownload };
  const { shown, shownOf } = onDemand;
  await app.register(simpleIndex, { ...merged, ...(shown && { shown }) });
  await app.register(simpleIndex, { ...merged, shown: shownOf, prefix: '/t/:target' });
  await app.register(simpleIndex, { view: 'stored', store, memory, onDownload, prefix: '/stored' });
  return app;
}

/**
 * An application without a route, as all of ours are.
 *
 * @param grace milliseconds for answers under way when it is closed
 * @param frameworkErrors answers a URL that cannot be decoded or is too long, which comes to no route and to no error handler
 */
export function bareApp(
  log: Api['log'],
  grace: number,
  frameworkErrors = sendFrameworkProblem,
  stopped: StoppedLimits = {},
): TypedApp {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    bodyLimit: MAX_LIST_BYTES,
    // Unknown fields are refused and named, not dropped (Fastify's default), and all faults are told at once.
    ajv: { customOptions: { removeAdditional: false, allErrors: true } },
    // What is no longer idle then: see endGently.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors,
  }).withTypeProvider<TypeBoxTypeProvider>();
  endGently(app, grace);
  breakOffStopped(app, stopped);
  return app;
}
