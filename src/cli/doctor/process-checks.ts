import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { LOCAL_TARGET } from '../../core/records/target.ts';
import { createBuilder } from '../../workers/create-builder.ts';
import { absolutePath } from '../../workers/process/interpreter.ts';
import type { BuilderChecks } from './builder-checks.ts';
import { type Check, ok, warning } from './check.ts';
import { compilerCheck } from './compiler.ts';
import { type DoctorContext, openContext } from './context.ts';
import { memoryCheck } from './memory.ts';

/** The examination of a machine that builds by itself: its Python, its compiler, its memory and disk. */
export async function processChecks(config: Config): Promise<BuilderChecks> {
  const context = await openContext(config, createBuilder(config, { owner: config.instance }));
  const path = absolutePath(config.environment.PATH);
  return {
    context,
    checks: [sandboxCheck(), pythonCheck(context), compilerCheck(context, path), memoryCheck(context)],
    clocks: [],
    rooms: async () => [
      {
        name: 'work folders',
        path: join(config.dataFolder, 'process'),
        need: config.buildDisk,
        advice: 'Free some space in the data folder, or lower WHEELMILL_BUILD_DISK.',
      },
    ],
  };
}

function sandboxCheck(): Check {
  return {
    name: 'builder',
    seconds: 5,
    look: async () =>
      warning(
        'builds are UNSANDBOXED processes of this machine, for the target local only',
        'For images, and for builds that are kept in, install a Docker engine and start again.',
      ),
  };
}

function pythonCheck({ probe }: DoctorContext): Check {
  return {
    name: `target ${LOCAL_TARGET}`,
    seconds: 60,
    look: async () => {
      const { python, pipVersion, distribution, platform } = await probe({
        name: LOCAL_TARGET,
        build: '',
        runtime: '',
      });
      return ok(`Python ${python.version} at ${python.executable}, ${distribution.id}, ${platform}, pip ${pipVersion}`);
    },
  };
}
