import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';

const ROUNDS = 50;
const PAUSE_MS = 20;

/**
 * Kills every process that works in a folder: by its environment, which names the folder as HOME, or by where it is.
 * For what a keeper that was killed itself has left. Only Linux tells (proc(5)); elsewhere nothing is found.
 *
 * @returns how many were killed.
 */
export async function endStragglers(folder: string): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await processesIn(folder);
    if (found.length === 0) break;
    for (const pid of found) {
      killed.add(pid);
      kill(pid);
    }
    await after(PAUSE_MS);
  }
  return killed.size;
}

async function processesIn(folder: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => (await worksIn(pid, folder)) && !(await isDead(pid))));
  return pids.filter((pid, at) => found[at] && pid !== process.pid);
}

async function worksIn(pid: number, folder: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  if (environment.split('\0').includes(`HOME=${folder}/home`)) return true;
  const at = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return at === folder || at.startsWith(`${folder}/`);
}

async function isDead(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
  return /\) [ZX]/.test(stat);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Gone by itself, or of a user whose processes are not ours to end.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
