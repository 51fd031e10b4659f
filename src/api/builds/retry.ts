import { setTimeout as after } from 'node:timers/promises';
import type { BuildRecord, BuildRequest } from '../../core/records/build.ts';
import { WheelmillError } from '../../errors.ts';
import { readBuildRecord, readOpenBuild, reopenBuild } from '../../storage/build-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import { inTurns } from '../../workers/queue/turns.ts';
import { buildLane, buildWork } from '../../workers/queue/works.ts';
import { tokenOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { unknownBuild } from './build-key.ts';

/** The job of a run that has just ended is gone within this time: looked at so often, every so many milliseconds. */
const LOOKS = 20;
const LOOK_EVERY = 100;

/**
 * Begins a further run of a build that failed. Prebuilds that are still under way and wait for it get its wheel; those that
 * have ended stay as they are.
 *
 * @param requestId of the HTTP request, for the log
 * @throws WheelmillError `not-found`, `nothing-to-retry` for a stored one, `target-changed`, `quota-used-up`
 */
export async function retryBuild(api: Api, key: string, client: string, requestId: string): Promise<void> {
  const open = await readOpenBuild(api.store, key);
  const record = await readBuildRecord(api.store, key);
  if (open && (!record || open.run > record.run)) return;
  if (!record) throw unknownBuild(key);
  if (record.state === 'stored')
    throw new WheelmillError(
      'nothing-to-retry',
      `The build is stored as ${record.wheel?.filename}: it did not fail. To build it anew, send a list with rebuild=true.`,
    );
  const target = await readTarget(api.store, record.target);
  if (target?.build.identity !== record.image)
    throw new WheelmillError(
      'target-changed',
      `The build image of ${record.target} has changed since: this build would be another one. Send its list again.`,
    );
  await api.quotas.takeWork(tokenOf(client));
  const lane = buildLane(record.target);
  // The queue would take the new run for the old one as long as that one's job is there.
  for (let look = 1; look < LOOKS && (await api.queue.has(lane, key)); look++) await after(LOOK_EVERY);
  await inTurns(api.queue, lane, { client, priority: 'interactive' }, async (turns) => {
    const request = { ...nextRunOf(record), request: requestId, turn: turns.take() };
    await reopenBuild(api.store, request);
    await api.queue.add(buildWork(request));
  });
}

function nextRunOf(record: BuildRecord): BuildRequest {
  const { schema, key, project, version, target, image, sdist, recipe, visibility = 'prebuild', run } = record;
  const about = { schema, key, project, version, target, image, sdist, recipe, visibility };
  return { ...about, run: run + 1, requestedAt: new Date().toISOString() };
}
