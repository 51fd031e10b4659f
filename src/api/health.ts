import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { WheelmillError } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { Api } from './context.ts';

const CHECK_MILLISECONDS = 4000;

/** `/live`: the process runs. `/ready`: it can serve what is stored and take new work. */
export function healthRoutes(app: FastifyInstance, api: Api): void {
  const schema = { tags: ['operations'], response: { 200: Type.Object({ status: Type.Literal('ok') }) } };
  app.get('/live', { schema: { ...schema, summary: 'The process runs' } }, async () => ({ status: 'ok' as const }));
  app.get('/ready', { schema: { ...schema, summary: 'The store and the queue answer' } }, async () => {
    const [store, queue] = await Promise.allSettled([
      within(api.store.head(paths.rootPage('json'))),
      within(api.queue.ping()),
    ]);
    if (store.status === 'rejected') throw asError('store-unavailable', store.reason);
    if (queue.status === 'rejected') throw asError('queue-unavailable', queue.reason);
    return { status: 'ok' as const };
  });
}

function within<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_MILLISECONDS} ms`)), CHECK_MILLISECONDS);
    promise.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  });
  return Promise.race([promise, late]);
}

function asError(code: 'store-unavailable' | 'queue-unavailable', reason: unknown): WheelmillError {
  if (reason instanceof WheelmillError) return reason;
  const what = code === 'store-unavailable' ? 'The object store' : 'The queue';
  return new WheelmillError(code, `${what} does not answer. \`wheelmill doctor\` says more.`, { cause: reason });
}
