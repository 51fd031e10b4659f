import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Builder, Gateway } from './builder.ts';
import type { Archive } from './debian/archive.ts';
import { createDockerBuilder } from './docker/docker-builder.ts';
import { createProcessBuilder } from './process/process-builder.ts';

/** The builder of settled settings. */
export function createBuilder(
  config: Config,
  { owner, gateway, archive }: { owner: string; gateway?: Gateway; archive?: Archive },
): Builder {
  if (config.builder !== 'process')
    return createDockerBuilder({
      owner,
      runtime: config.runtime,
      missingLimits: config.missingLimits,
      maxDebianBytes: config.maxDebianBytes,
      environment: config.environment,
      ...(gateway && { gateway }),
      ...(archive && { archive }),
    });
  const folder = join(config.dataFolder, 'process');
  const { PATH: path, HOME: home, RUSTUP_HOME } = config.environment;
  const rustupHome = RUSTUP_HOME || (home && join(home, '.rustup'));
  return createProcessBuilder({ folder, path, ...(rustupHome && { rustupHome }), ...(gateway && { gateway }) });
}
