import type { Worker } from '../context.ts';
import type { Handler } from '../queue/queue.ts';
import { buildJob } from './build-job.ts';
import { verifyJob } from './verify-job.ts';

/** The jobs of a lane of builds: sdists that become wheels, and stored wheels that are built again to be compared. */
export function buildLane(worker: Worker): Handler {
  const build = buildJob(worker);
  const verify = verifyJob(worker);
  return (data, context) => ('verify' in data ? verify : build)(data, context);
}
