import Type, { type Static } from 'typebox';
import { isLive, WorkerRecordSchema } from '../core/records/worker.ts';
import { listWorkers } from '../storage/worker-records.ts';
import type { TypedApp } from './app.ts';
import type { Api } from './context.ts';

const ViewSchema = Type.Object({
  ...Type.Omit(WorkerRecordSchema, ['schema']).properties,
  /** Heard of lately; one that is not is gone, or its store or clock is. */
  live: Type.Boolean(),
});

export type WorkerView = Static<typeof ViewSchema>;

/** Workers as they have announced themselves. */
export function workerRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/workers',
    {
      schema: {
        tags: ['operations'],
        summary: 'Workers with what they serve, and of what they cannot serve why not; lost ones for an hour',
        response: { 200: Type.Object({ items: Type.Array(ViewSchema) }) },
      },
    },
    async () => {
      const workers = await listWorkers(api.store);
      return { items: workers.map(({ schema: _, ...one }) => ({ ...one, live: isLive(one) })) };
    },
  );
}
