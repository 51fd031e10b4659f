import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { sha256Hex } from '../../core/sha256.ts';
import { type ProcessIdentity, thisProcess } from './process-identity.ts';
import { endStragglers } from './stragglers.ts';

const MARK = '.json';

/** Beside each work folder: whose it is. */
const MarkSchema = Type.Object({
  job: Type.String(),
  owner: Type.Object({ pid: Type.Integer(), began: Type.String() }),
});
type Mark = Static<typeof MarkSchema>;

/** A work folder that somebody has left. */
export type FoundFolder = { path: string; job: string | undefined; owner: ProcessIdentity | undefined };

export type WorkFolders = {
  /**
   * Makes a folder for a run of a job. `work` is what is done in it: the same work is done in a folder of the same name,
   * since compilers write it into what they make.
   */
  make(job: string, work: string): Promise<string>;
  /** Ends whatever works in it and removes it. */
  remove(path: string): Promise<void>;
  /** All but those that are in use by this process. */
  unused(): Promise<FoundFolder[]>;
};

/** The folders in which runs work, below `root`, which is made when the first is. */
export function createWorkFolders(root: string): WorkFolders {
  const live = new Set<string>();

  async function remove(path: string): Promise<void> {
    await endStragglers(path);
    await removeTree(path);
    await rm(path + MARK, { force: true });
    live.delete(path);
  }

  return {
    remove,
    async make(job, work) {
      await mkdir(root, { recursive: true, mode: 0o700 });
      const mark = JSON.stringify({ job, owner: thisProcess() } satisfies Mark);
      for (let turn = 1; ; turn += 1) {
        const path = join(root, sha256Hex(work).slice(0, 16) + (turn === 1 ? '' : `-${turn}`));
        if (live.has(path)) continue;
        live.add(path);
        try {
          await writeFile(path + MARK, mark, { flag: 'wx' });
          await mkdir(path, { mode: 0o700 });
          return path;
        } catch (error) {
          live.delete(path);
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
      }
    },
    async unused() {
      const names = await readdir(root).catch(() => []);
      const paths = new Set(names.map((name) => join(root, name.endsWith(MARK) ? name.slice(0, -MARK.length) : name)));
      const found = [...paths].filter((path) => !live.has(path));
      return Promise.all(found.map(async (path) => ({ path, ...(await readMark(path + MARK)) })));
    },
  };
}

async function readMark(path: string): Promise<Omit<FoundFolder, 'path'>> {
  try {
    const mark: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (Value.Check(MarkSchema, mark)) return mark;
  } catch {
    // Its writer died at it.
  }
  return { job: undefined, owner: undefined };
}

/** Builds leave folders that may not even be written by their owner. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await promisify(execFile)('chmod', ['-R', 'u+rwx', path]).catch(() => {});
    await rm(path, { recursive: true, force: true });
  }
}
