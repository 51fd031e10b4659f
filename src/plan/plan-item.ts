import type { BuildRecord } from '../core/records/build.ts';
import type { PlanItem } from '../core/records/prebuild.ts';
import { mayBeTaken } from '../core/wheel-proof.ts';
import { BuildFailure, type FailureReason } from '../errors.ts';
import { readBuildRecord } from '../storage/build-records.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { standingTombstone } from '../storage/tombstones.ts';
import { readWheelRecord, wasDeleted } from '../storage/wheel-records.ts';
import type { Planned } from './planner.ts';

/** One item of the plan as it is kept. */
export async function planItem(store: ObjectStore, { wanted, choice }: Planned): Promise<PlanItem> {
  const project = wanted.name;
  const { lines } = wanted;
  if (choice.kind === 'failed') {
    const reason: FailureReason = choice.reason;
    return {
      kind: 'failed',
      project,
      lines,
      reason,
      message: choice.message,
      ...(choice.version && { version: choice.version }),
    };
  }
  const about = { project, lines, version: choice.version };
  if (choice.kind === 'hit') {
    const { filename, sha256, build } = choice.wheel;
    return { kind: 'hit', ...about, wheel: { filename, sha256 }, ...saves(build?.took) };
  }
  const { filename, size } = choice.file;
  const file = { filename, sha256: choice.sha256, ...(size !== undefined && { size }) };
  if (choice.kind === 'mirror') return { kind: 'mirror', ...about, wheel: file };
  const { key, recipe, visibility, rebuild } = choice;
  const made = rebuild ? undefined : await madeBefore(store, project, key, visibility);
  if (made instanceof BuildFailure) return { kind: 'failed', ...about, reason: made.reason, message: made.message };
  if (made) return { kind: 'hit', ...about, ...made };
  return {
    kind: 'build',
    ...about,
    key,
    recipe,
    visibility,
    sdist: file,
    run: runAfter(await readBuildRecord(store, key)),
    ...(rebuild && { rebuild }),
  };
}

/**
 * The wheel that this very build gave, where it is still stored. Where it was deleted, a failure: the build would most likely
 * give the same bytes, which would be refused in the end. Its wheel record may not say so: targets that make the
 * same bytes of a pure sdist share one, which tells of the first of them.
 */
async function madeBefore(
  store: ObjectStore,
  project: string,
  key: string,
  visibility: 'public' | 'prebuild',
): Promise<Pick<Hit, 'wheel' | 'saved'> | BuildFailure | undefined> {
  const build = await readBuildRecord(store, key);
  if (build?.state !== 'stored' || !build.wheel) return undefined;
  const { filename, sha256 } = build.wheel;
  const tombstone = await standingTombstone(store, project, filename);
  if (tombstone) return wasDeleted(tombstone, 'Send the list with rebuild=true to have it built all the same.');
  const wheel = await readWheelRecord(store, project, filename);
  if (wheel?.sha256 !== sha256 || wheel.yanked || !mayBeTaken(wheel)) return undefined;
  // One that only prebuilds show is built again for all, and published so; one that was healed would be healed again.
  if (wheel.visibility === 'prebuild' && visibility === 'public' && !build.healed) return undefined;
  return { wheel: { filename, sha256 }, ...saves(build.phases.building) };
}

type Hit = Extract<PlanItem, { kind: 'hit' }>;

/** What a hit spares, where it is known. */
function saves(took: number | undefined): Pick<Hit, 'saved'> {
  return took === undefined ? {} : { saved: Math.round(took) };
}

/** The run a new attempt waits for: an earlier failure, or a stored wheel that has gone since, is done again. */
export function runAfter(record: Pick<BuildRecord, 'run'> | undefined): number {
  return (record?.run ?? 0) + 1;
}
