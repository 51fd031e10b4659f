import { createHash } from 'node:crypto';
import Docker from 'dockerode';
import pLimit from 'p-limit';
import { paths } from '../src/storage/bucket-paths.ts';
import { installationName } from '../src/storage/installation.ts';
import type { ObjectStore } from '../src/storage/object-store.ts';
import { LABELS } from '../src/workers/docker/container.ts';
import { openQueue } from '../src/workers/queue/open-queue.ts';
import type { Lane } from '../src/workers/queue/queue.ts';
import { listedFiles } from '../test/integration/stored-files.ts';
import { containersOf } from '../test/workers/docker/harness.ts';
import type { OwnEngine } from './engine.ts';

/** What was asked for and what there is; both must be as many, and everything else none. */
export type Counts = {
  requested: number;
  wheels: number;
  missing: number;
  twice: number;
  damaged: number;
  openWork: number;
  marks: number;
  containers: number;
  /** Where the engine is the soak's own. */
  volumes: number;
  jobs: number;
};

const LOOKS_AT_ONCE = 8;

export type Place = {
  url: string;
  store: ObjectStore;
  queueUrl: string;
  lanes: readonly Lane[];
  engine: OwnEngine | undefined;
};

/** Everything under a prefix, counted. */
async function count(store: ObjectStore, prefix: string): Promise<number> {
  let found = 0;
  for await (const _ of store.list(prefix)) found += 1;
  return found;
}

/** Looks at all there is after the last prebuild has ended. */
export async function countAll(
  { url, store, queueUrl, lanes, engine }: Place,
  projects: readonly string[],
): Promise<Counts> {
  const limit = pLimit(LOOKS_AT_ONCE);
  const pages = await Promise.all(projects.map((project) => limit(() => listedFiles(url, project).catch(() => []))));
  const files = pages.flat();
  const whole = await Promise.all(files.map((file) => limit(() => isWhole(file))));
  const owner = await installationName(store);
  const queue = await openQueue({ url: queueUrl, dataFolder: '' });
  let jobs = 0;
  try {
    for (const lane of lanes) jobs += (await queue.works(lane)).length;
  } finally {
    await queue.close();
  }
  return {
    requested: projects.length,
    wheels: files.length,
    missing: pages.filter((page) => page.length === 0).length,
    twice: pages.filter((page) => page.length > 1).length,
    damaged: whole.filter((one) => !one).length,
    openWork: await count(store, 'open/'),
    marks:
      (await count(store, 'waiting/')) + (await count(store, paths.allDirty())) + (await count(store, paths.cancels())),
    ...(await leftOn(engine, owner)),
    jobs,
  };
}

/**
 * Whether all is as it must be.
 *
 * @param soon what a killed renderer has noted may still be there: upkeep takes it for dead after ten minutes
 */
export function isSound({ requested, wheels, marks, ...others }: Counts, soon = false): boolean {
  return wheels === requested && (soon || marks === 0) && Object.values(others).every((one) => one === 0);
}

async function isWhole({ url, hashes }: Awaited<ReturnType<typeof listedFiles>>[number]): Promise<boolean> {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.ok && createHash('sha256').update(bytes).digest('hex') === hashes.sha256;
}

/** Containers and volumes that nobody uses any more. An engine of the soak's own has no others; on the machine's, tests make volumes. */
async function leftOn(engine: OwnEngine | undefined, owner: string): Promise<Pick<Counts, 'containers' | 'volumes'>> {
  if (engine === undefined) return { containers: (await containersOf(owner)).length, volumes: 0 };
  const { socketPath } = engine;
  const docker = new Docker({ socketPath });
  const volumes = (await docker.listVolumes()).Volumes.filter(({ Labels }) => !Labels?.[LABELS.toolbox]);
  return { containers: (await docker.listContainers({ all: true })).length, volumes: volumes.length };
}
