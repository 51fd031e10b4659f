import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Api } from './context.ts';
import { askQueue, askStore } from './status/parts.ts';

/** `/live`: the process runs. `/ready`: it can serve what is stored and take new work. */
export function healthRoutes(app: FastifyInstance, api: Api): void {
  const schema = { tags: ['operations'], response: { 200: Type.Object({ status: Type.Literal('ok') }) } };
  app.get('/live', { schema: { ...schema, summary: 'The process runs' } }, async () => ({ status: 'ok' as const }));
  app.get('/ready', { schema: { ...schema, summary: 'The store and the queue answer' } }, async () => {
    const [store, queue] = await Promise.allSettled([askStore(api), askQueue(api)]);
    if (store.status === 'rejected') throw store.reason;
    if (queue.status === 'rejected') throw queue.reason;
    return { status: 'ok' as const };
  });
}
