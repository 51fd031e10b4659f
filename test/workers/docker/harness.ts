import Docker from 'dockerode';
import type { Target } from '../../../src/core/records/target.ts';
import { LABELS } from '../../../src/workers/docker/container.ts';
import { createDockerBuilder } from '../../../src/workers/docker/docker-builder.ts';
import { testTargets } from '../../services/docker.ts';

export const docker = new Docker();

/** An owner nobody else has: test files run at the same time on one engine. */
export function newOwner(): string {
  return `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
}

export async function containersOf(owner: string): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [`${LABELS.owner}=${owner}`] } });
  return found.map(({ Names }) => Names.join());
}

export async function startBuilder() {
  const owner = newOwner();
  const builder = createDockerBuilder({ owner });
  const [images] = testTargets();
  if (images === undefined) throw new Error('The set-up names no image pair.');
  const pair = { name: 'test', ...images };
  const target: Target = await builder.probe(pair, { signal: new AbortController().signal });
  return { owner, builder, pair, target };
}
