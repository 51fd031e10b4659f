import Type, { type Static } from 'typebox';
import type { TargetSetting } from '../config.ts';
import { type Target, TargetSchema } from '../core/records/target.ts';
import type { WorkerRecord } from '../core/records/worker.ts';
import { isLive } from '../core/records/worker.ts';
import { serviceOf, TargetServiceSchema } from '../core/target-service.ts';
import { listTargets } from '../storage/target-records.ts';
import { listWorkers } from '../storage/worker-records.ts';
import type { TypedApp } from './app.ts';
import type { Api } from './context.ts';

const probed = Type.Omit(TargetSchema, [
  'schema',
  'tags',
  'pipIndex',
  'name',
  'build',
  'runtime',
  'runtimeHas',
]).properties;
const ImageSchema = Type.Object({ reference: Type.String(), identity: Type.Optional(Type.String()) });

const ViewSchema = Type.Object({
  name: Type.String(),
  build: ImageSchema,
  runtime: ImageSchema,
  ...Type.Partial(Type.Object(probed)).properties,
  /** Whether a worker has looked into the images yet; all that was found in them is missing until then. */
  probed: Type.Boolean(),
  ...TargetServiceSchema.properties,
});
export type TargetView = Static<typeof ViewSchema>;

/** The pairs of images that wheels are built and proven for, and who serves them. */
export function targetRoutes(app: TypedApp, api: Api): void {
  app.get(
    '/api/v1/targets',
    {
      schema: {
        tags: ['targets'],
        summary: 'Targets, those of the settings first and the default at the head, with who serves them now',
        response: { 200: Type.Object({ items: Type.Array(ViewSchema) }) },
      },
    },
    async () => ({ items: await targetViews(api) }),
  );
}

export async function targetViews(api: Pick<Api, 'store' | 'config'>): Promise<TargetView[]> {
  const [found, workers] = await Promise.all([listTargets(api.store), listWorkers(api.store)]);
  return allTargets(api.config.targets, found, workers);
}

type Named = Pick<TargetSetting, 'name' | 'build' | 'runtime' | 'platform'>;

function allTargets(
  configured: readonly TargetSetting[],
  found: readonly Target[],
  workers: readonly WorkerRecord[],
): TargetView[] {
  const known = new Map(found.map((one) => [one.name, one]));
  const announced: Named[] = workers.filter((one) => isLive(one)).flatMap((one) => one.targets);
  const names: Named[] = [
    ...configured,
    ...found.map(({ name, build, runtime }) => ({ name, build: build.reference, runtime: runtime.reference })),
    ...announced,
  ];
  const each = new Map(names.toReversed().map((one) => [one.name, one]));
  return [...new Set(names.map((one) => one.name))].map((name) => {
    const { build, runtime, platform } = each.get(name)!;
    const target = known.get(name);
    const about = target ?? {
      build: { reference: build },
      runtime: { reference: runtime },
      ...(platform !== undefined && { platform }),
    };
    return { ...about, name, probed: target !== undefined, ...serviceOf(name, workers) };
  });
}
