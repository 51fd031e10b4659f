import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { NO_QUOTAS } from '../../access/quotas.ts';
import { countReads } from '../../metrics/count-reads.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import { VERSION } from '../../release.ts';
import { createHidden } from '../../simple/hidden.ts';
import { createIndexMemory } from '../../simple/index-memory.ts';
import { simpleIndex } from '../../simple/plugin.ts';
import { createRequestRate } from '../access/request-rate.ts';
import { type AppParts, bareApp, type TypedApp } from '../app.ts';
import { watchChanges } from '../changes.ts';
import { clientOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { countDownloads } from '../downloads.ts';
import { guardOrigin } from '../guard.ts';
import { healthRoutes } from '../health.ts';
import { listRoutes } from '../lists.ts';
import { measureHttp } from '../metrics/measure-http.ts';
import { prebuildFileRoutes } from '../prebuilds/file-routes.ts';
import { answerProblems } from '../problems.ts';
import { logRequests } from '../request-log.ts';

/**
 * What `docker build` needs, for whoever reaches it: index, wheels and lists, by GET and HEAD alone. It looks at no token, shows
 * nothing private, and starts no work: what is not stored and not upstream is not there.
 */
export async function buildReadOnlyApp({ tokens: _, ...parts }: AppParts): Promise<TypedApp> {
  const changes = watchChanges(parts.queue);
  const metrics = parts.metrics ?? createMetrics({ version: VERSION, role: 'api' });
  const downloads = parts.downloads ?? countDownloads({ ...parts, metrics });
  const api: Api = { quotas: NO_QUOTAS, ...parts, metrics, changes };
  const { store, upstream, scratch, config } = parts;
  const hidden = createHidden(store);
  const app = bareApp(parts.log, config.stopGrace);
  if (!parts.downloads) app.addHook('onClose', () => downloads.close());
  measureHttp(app, metrics);
  logRequests(app);
  app.addHook('onClose', async () => changes.close());
  answerProblems(app);
  guardOrigin(app, config);
  const rate = createRequestRate(config.maxRequests);
  app.addHook('onRequest', async (request) => rate.count(clientOf(request.ip)));
  await app.register(async (scope) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    healthRoutes(typed, api);
    listRoutes(typed, api, hidden);
    prebuildFileRoutes(typed, api, hidden);
  });
  const memory = createIndexMemory(store, changes.projects);
  await app.register(simpleIndex, {
    view: 'merged',
    store,
    memory,
    upstream,
    scratch,
    hidden,
    onRead: countReads(metrics),
    onDownload: downloads.count,
  });
  await app.register(simpleIndex, {
    ...{ view: 'stored', store, memory, hidden, onDownload: downloads.count, prefix: '/stored' },
  });
  return app;
}
