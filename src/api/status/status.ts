import { isLive, type WorkerRecord } from '../../core/records/worker.ts';
import { serviceOf } from '../../core/target-service.ts';
import { VERSION } from '../../release.ts';
import { readReindex } from '../../storage/reindex-records.ts';
import { listTargets } from '../../storage/target-records.ts';
import { listWorkers } from '../../storage/worker-records.ts';
import type { Api } from '../context.ts';
import { type Running, runningBuilds } from '../overview/running.ts';
import { attentionTo } from './attention.ts';
import { readLanes } from './lanes.ts';
import { createParts, FRESH, type PartsReader } from './parts.ts';
import type { Status } from './schema.ts';
import { spaceIn } from './space.ts';

/** Looks how the whole server stands. Never fails: what cannot be had is left out, and `attention` says why. */
export type StatusReader = () => Promise<Standing>;

/** A status as it is known here; where builds are shown is for whoever answers to say. */
export type Standing = Omit<Status, 'builds'> & { builds?: Running[] };

type Asked = Pick<Api, 'config' | 'store' | 'queue' | 'upstream'>;

/** One for all who ask. */
export function createStatus(api: Asked, readParts: PartsReader = createParts(api)): StatusReader {
  let last: { at: number; status: Promise<Standing> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > FRESH) last = { at: performance.now(), status: look(api, readParts) };
    return last.status;
  };
}

async function look(api: Asked, readParts: PartsReader): Promise<Standing> {
  const { config } = api;
  const [parts, space] = await Promise.all([readParts(), spaceIn(config.dataFolder)]);
  const stored = parts.store.state === 'ok' ? await inStore(api).catch(() => undefined) : undefined;
  const promised = config.targets.map((one) => one.name);
  const names = [...new Set([...promised, ...(stored?.targets ?? []), ...(stored ? announced(stored.workers) : [])])];
  const asked = parts.queue.state === 'ok' ? await inQueue(api, names, stored !== undefined) : undefined;
  const workers = stored?.workers;
  const live = workers?.filter((one) => isLive(one)) ?? [];
  return {
    version: VERSION,
    at: new Date().toISOString(),
    ready: parts.store.state === 'ok' && parts.queue.state === 'ok',
    parts,
    ...asked,
    ...(workers && {
      workers: {
        live: live.length,
        lost: workers.length - live.length,
        slots: live.reduce((sum, one) => sum + one.slots, 0),
      },
      targets: names.map((name) => ({ name, served: serviceOf(name, workers).served })),
    }),
    attention: attentionTo({
      ...{ parts, targets: promised, lanes: asked?.lanes, space },
      ...{ workers: workers && live, reindex: stored?.reindex },
    }),
  };
}

async function inStore({ store }: Pick<Api, 'store'>) {
  const [targets, workers, reindex] = await Promise.all([listTargets(store), listWorkers(store), readReindex(store)]);
  return { targets: targets.map((one) => one.name), workers, reindex };
}

async function inQueue(
  api: Asked,
  targets: readonly string[],
  withBuilds: boolean,
): Promise<Pick<Standing, 'lanes' | 'builds'>> {
  const [lanes, builds] = await Promise.all([
    readLanes(api.queue, targets).catch(() => undefined),
    withBuilds ? runningBuilds(api, targets).catch(() => undefined) : undefined,
  ]);
  return { ...(lanes && { lanes }), ...(builds && { builds }) };
}

function announced(workers: readonly WorkerRecord[]): string[] {
  return workers.filter((one) => isLive(one)).flatMap((one) => one.targets.map((target) => target.name));
}
