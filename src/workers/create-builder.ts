import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Builder, Gateway } from './builder.ts';
import { createDockerBuilder } from './docker/docker-builder.ts';
import { createProcessBuilder } from './process/process-builder.ts';

/** The builder of settled settings. */
export function createBuilder(config: Config, { owner, gateway }: { owner: string; gateway?: Gateway }): Builder {
  if (config.builder !== 'process') return createDockerBuilder({ owner, ...(gateway && { gateway }) });
  const folder = join(config.dataFolder, 'process');
  return createProcessBuilder({ folder, path: config.environment.PATH, ...(gateway && { gateway }) });
}
