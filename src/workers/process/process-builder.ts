import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Builder, Gateway } from '../builder.ts';
import { buildWheel } from './build.ts';
import { absolutePath, probeLocal } from './interpreter.ts';
import type { Machine } from './machine.ts';
import { resolveList } from './resolve.ts';
import { sweepFolders } from './sweep.ts';
import { createToolbox } from './toolbox.ts';
import { createWorkFolders } from './work-folder.ts';

export type ProcessBuilderOptions = {
  /** Where work folders and build tools are; of this server alone. */
  folder: string;
  /** PATH of the server: where python3, compilers and what builds call are looked for. */
  path: string | undefined;
  /** The folder in which rustup has the toolchains that its programs in PATH stand for. */
  rustupHome?: string;
  /** What the build tools are installed through: upstream's files only. Left out, the gateway of the run that needs them. */
  gateway?: Gateway;
};

/**
 * The builder of a machine without an engine: builds are processes of this machine and nothing keeps them in. They get an
 * environment made from nothing, a folder of their own, the same way to the index as in containers, and limits as far
 * as they can be had. Its one target is `local`.
 */
export function createProcessBuilder({ folder, path, rustupHome, gateway }: ProcessBuilderOptions): Builder {
  const machine: Machine = {
    folders: createWorkFolders(join(folder, 'runs')),
    toolboxes: join(folder, 'toolboxes'),
    path: absolutePath(path),
    ...(rustupHome !== undefined && { rustup: { RUSTUP_HOME: rustupHome, RUSTUP_AUTO_INSTALL: '0' } }),
    gateway,
  };
  const toolbox = createToolbox(machine);
  return {
    kind: 'process',
    probe: (_pair, { signal }) => probeLocal(machine, signal),
    about: async () => {
      const { platform, python } = await probeLocal(machine);
      return {
        version: `Python ${python.version}, unsandboxed`,
        platform,
        cpus: availableParallelism(),
        memory: totalmem(),
      };
    },
    build: (task, run) => buildWheel(machine, toolbox, task, run),
    finish: async ({ wheel: { path, filename } }) => ({ path, filename, bundled: [] }),
    packageWith: async () => undefined,
    resolve: (task, run) => resolveList(machine, toolbox, task, run),
    sweep: (isAlive) => sweepFolders(machine.folders, isAlive),
    check: async () => void (await probeLocal(machine)),
    close: async () => {},
  };
}
