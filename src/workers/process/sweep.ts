import { isRunning } from './process-identity.ts';
import type { WorkFolders } from './work-folder.ts';

/**
 * Removes the work folders of dead runs, with whatever still works in them: those whose job is dead, and of them only
 * those whose server has ended. A server of the same data folder that still runs removes its own.
 *
 * @returns how many were removed.
 */
export async function sweepFolders(folders: WorkFolders, isAlive: (job: string) => Promise<boolean>): Promise<number> {
  let removed = 0;
  for (const { path, job, owner } of await folders.unused()) {
    const isOthers = owner !== undefined && owner.pid !== process.pid && isRunning(owner);
    if (isOthers || (job !== undefined && (await isAlive(job)))) continue;
    await folders.remove(path);
    removed += 1;
  }
  return removed;
}
