import Type from 'typebox';
import { TargetSchema } from '../core/records/target.ts';
import { listTargets } from '../storage/target-records.ts';
import type { TypedApp } from './app.ts';
import type { Api } from './context.ts';

const ViewSchema = Type.Omit(TargetSchema, ['schema', 'tags', 'pipIndex']);

/** The pairs of images that wheels are built and proven for, as probed. */
export function targetRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/targets',
    {
      schema: {
        tags: ['targets'],
        summary: 'Targets, the default first',
        response: { 200: Type.Object({ items: Type.Array(ViewSchema) }) },
      },
    },
    async () => {
      const first = api.config.targets[0]?.name;
      const targets = await listTargets(api.store);
      return { items: targets.sort((one, other) => Number(other.name === first) - Number(one.name === first)) };
    },
  );
}
