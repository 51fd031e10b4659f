import type { PlanItem } from '../../core/records/prebuild.ts';
import { FAILURES, hintOf } from '../../errors.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { DryRun, DryRunItem } from './dry-run-view.ts';

/** What an item of a plan would be, and of a build how it stands or how it ended before. */
export async function dryRunItem(store: ObjectStore, item: PlanItem): Promise<DryRunItem> {
  const { project, lines, kind } = item;
  const about = { project, lines, kind, ...(item.version !== undefined && { version: item.version }) };
  if (item.kind === 'failed')
    return { ...about, reason: item.reason, message: item.message, hint: FAILURES[item.reason].hint };
  if (item.kind !== 'build') return { ...about, wheel: item.wheel };
  return { ...about, sdist: item.sdist, build: item.key, ...(await standingOf(store, item.key)) };
}

async function standingOf(store: ObjectStore, key: string): Promise<Pick<DryRunItem, 'underWay' | 'failedBefore'>> {
  const [open, progress, record] = await Promise.all([
    readOpenBuild(store, key),
    readBuildProgress(store, key),
    readBuildRecord(store, key),
  ]);
  const { reason, message = '', hint, logTail } = record ?? {};
  return {
    ...(open && { underWay: progress && progress.run >= open.run ? progress.state : 'queued' }),
    ...(reason && {
      failedBefore: { reason, message, hint: hintOf({ reason, hint }), ...(logTail !== undefined && { logTail }) },
    }),
  };
}

/** How many items would be what, and how many bytes would be built and mirrored. */
export function countItems(items: readonly DryRunItem[]): DryRun['counts'] {
  const of = (kind: DryRunItem['kind']) => items.filter((one) => one.kind === kind);
  const bytes = (files: (DryRunItem['sdist'] | undefined)[]) => files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  return {
    hit: of('hit').length,
    mirror: of('mirror').length,
    build: of('build').length,
    failed: of('failed').length,
    total: items.length,
    sdistBytes: bytes(of('build').map((one) => one.sdist)),
    wheelBytes: bytes(of('mirror').map((one) => one.wheel)),
  };
}
