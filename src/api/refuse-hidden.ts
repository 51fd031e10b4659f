import { lockedWheels } from '../core/locked-list.ts';
import { WheelmillError } from '../errors.ts';
import type { Hidden } from '../simple/hidden.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { PrebuildStatus } from '../storage/prebuild-status.ts';
import { readWheelRecord } from '../storage/wheel-records.ts';

/**
 * Refuses a prebuild that has anything private in it, whole: a list that lacks a line would be another list.
 *
 * @throws WheelmillError `not-found`, which says no more than that a token may help
 */
export async function refuseHidden(
  store: ObjectStore,
  prebuild: Pick<PrebuildStatus, 'items'>,
  hidden: Hidden,
): Promise<void> {
  const projects = [...new Set(prebuild.items.map(({ project }) => project))];
  const areHidden = await Promise.all(projects.map((project) => hidden.project(project)));
  const wheels = await Promise.all(
    lockedWheels(prebuild).map(async ({ project, filename }) => {
      const record = await readWheelRecord(store, project, filename);
      return record !== undefined && hidden.wheel(record);
    }),
  );
  if (areHidden.includes(true) || wheels.includes(true)) throw notShown();
}

const notShown = () =>
  new WheelmillError('not-found', 'Wheelmill shows this list with a token only: ask its other address, with one.');
