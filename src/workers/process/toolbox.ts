import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../core/sha256.ts';
import { BuildFailure } from '../../errors.ts';
import type { Run } from '../builder.ts';
import { commonEnvironment } from '../run/environment.ts';
import { pythonCommand, RUN_SCRIPTS } from '../run/scripts.ts';
import { INSTALLATION, installDiagnosis, installRun } from '../run/toolbox-install.ts';
import { TOOLBOX_HASH, TOOLBOX_LOCK } from '../run/toolbox-lock.ts';
import type { Machine } from './machine.ts';
import { supervise } from './supervise.ts';

const MIB = 1024 * 1024;
/** pip unpacks into the work folder, which is on disk here. */
const ROOM = { disk: 512 * MIB, inodes: 10_000 };

export type Toolbox = {
  /**
   * Path of uv, installed if it is not yet; undefined where the lock has none for this machine. Throws BuildFailure
   * when the index cannot be asked.
   */
  uv(target: { identity: string; python: string }, run: Run): Promise<string | undefined>;
};

/** The build tools of this machine, below the data folder: from the same lock, with the same hashes, as in containers. */
export function createToolbox(machine: Machine): Toolbox {
  const going = new Map<string, Promise<boolean>>();

  async function have(folder: string, python: string, run: Run): Promise<boolean> {
    const isThere = () =>
      access(join(folder, 'ready/complete')).then(
        () => true,
        () => false,
      );
    for (;;) {
      if (await isThere()) return true;
      const others = going.get(folder);
      if (others === undefined) break;
      // It may have been cancelled with the build that began it.
      const had = await others.catch(() => undefined);
      if (had !== undefined) return had;
    }
    const ours = install(machine, { folder, python, run });
    going.set(folder, ours);
    return ours.finally(() => going.delete(folder));
  }

  return {
    uv: async ({ identity, python }, run) => {
      const folder = join(machine.toolboxes, sha256Hex(`${identity} ${TOOLBOX_HASH}`).slice(0, 16));
      return (await have(folder, python, run)) ? join(folder, 'ready/bin/uv') : undefined;
    },
  };
}

async function install(
  machine: Machine,
  { folder, python, run }: { folder: string; python: string; run: Run },
): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const quiet = installRun(run, machine.gateway ?? run.gateway);
  const limits = { ...quiet.limits, ...ROOM };
  const supervised = { what: INSTALLATION, run: { ...quiet, limits }, python, diagnosis: installDiagnosis };
  try {
    await supervise(machine, supervised, async (inside) => {
      const lock = join(inside.folder, 'requirements.txt');
      await writeFile(lock, TOOLBOX_LOCK);
      await mkdir(join(inside.folder, 'tmp'));
      const values = [folder, inside.index, lock];
      await inside.step({
        arguments: pythonCommand(python, RUN_SCRIPTS.toolbox, values),
        folder: inside.folder,
        environment: { PATH: machine.path, ...commonEnvironment(inside) },
      });
    });
    return true;
  } catch (error) {
    if (error instanceof BuildFailure && /No matching distribution found for uv==/.test(error.logTail ?? ''))
      return false;
    throw error;
  }
}
