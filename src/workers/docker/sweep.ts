import { TOOLBOX_JOB } from '../run/toolbox-install.ts';
import { COMPILE_JOB } from './compiled.ts';
import { LABELS } from './container.ts';
import { type Engine, engineError, statusOf } from './engine.ts';
import { PACKAGES_JOB } from './packages.ts';
import { inTime } from './patience.ts';
import { PROBE_JOB } from './probe.ts';

/** Runs that no queue knows: another process of the same owner may be at them, so only their deadline tells. */
const OWN_JOBS = [PROBE_JOB, TOOLBOX_JOB, COMPILE_JOB, PACKAGES_JOB];

/**
 * Removes the containers of this owner whose job is dead or whose deadline has passed, and no others; toolbox volumes
 * stay. A container that runs is within its time, whatever the clock says: it counts that itself, and ends. Returns how many were removed. Throws WheelmillError `engine-unavailable`.
 */
export async function sweepContainers(engine: Engine, isAlive: (job: string) => Promise<boolean>): Promise<number> {
  try {
    const filters = { label: [`${LABELS.owner}=${engine.owner}`] };
    const containers = await inTime(engine.docker.listContainers({ all: true, filters }), engine.patience);
    let removed = 0;
    for (const { Id, Names, Labels, State } of containers) {
      if (Names.some((name) => engine.live.has(name.replace(/^\//, '')))) continue;
      const job = Labels[LABELS.job] ?? '';
      const isOver = State !== 'running' && Number(Labels[LABELS.deadline] ?? 0) * 1000 < Date.now();
      if (!isOver && (OWN_JOBS.includes(job) || (await isAlive(job)))) continue;
      if (await remove(engine, Id)) removed += 1;
    }
    return removed;
  } catch (error) {
    throw engineError(error);
  }
}

/** False when somebody else has removed it, or is at it. */
async function remove({ docker, patience }: Engine, id: string): Promise<boolean> {
  try {
    await inTime(docker.getContainer(id).remove({ force: true, v: true }), patience);
    return true;
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 409) return false;
    throw error;
  }
}
