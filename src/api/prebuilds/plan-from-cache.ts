import { lockedListOf } from '../../core/locked-list.ts';
import type { ItemStatus, Plan, PrebuildRecord, PrebuildRequest } from '../../core/records/prebuild.ts';
import { planList } from '../../plan/planner.ts';
import { NotCached } from '../../plan/supply.ts';
import { writeEndedPrebuild } from '../../storage/prebuild-records.ts';
import { asked, finalRecord } from '../../storage/prebuild-status.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';

/**
 * Plans a pinned list without queue and upstream where everything it needs is stored already and upstream's answers are
 * cached: then the prebuild is ready at once. An attempt nobody else knows of yet, so nobody else writes its record.
 *
 * @returns the record, or undefined where there is work to do.
 */
export async function planFromCache(
  api: Api,
  request: PrebuildRequest,
  list: Buffer,
): Promise<PrebuildRecord | undefined> {
  const target = await readTarget(api.store, request.target);
  if (!target) return undefined;
  const outcome = await planList(api, request, target, undefined, { cachedOnly: true }).catch((error) => {
    if (error instanceof NotCached) return undefined;
    throw error;
  });
  if (!outcome?.pinned || outcome.planned.length === 0) return undefined;
  const { proof } = request.options;
  const items: ItemStatus[] = [];
  for (const { wanted, choice } of outcome.planned) {
    if (choice.kind !== 'hit') return undefined;
    // Proving it is work, too.
    if (choice.wheel.proof?.state === 'waiting' && proof !== false) return undefined;
    const { filename, sha256, build } = choice.wheel;
    items.push({
      kind: 'hit',
      project: wanted.name,
      version: choice.version,
      lines: wanted.lines,
      state: 'stored',
      wheel: { filename, sha256 },
      ...(build?.took !== undefined && { saved: build.took }),
    });
  }
  const { id, attempt } = request;
  const plannedAt = new Date().toISOString();
  const image = target.build.identity;
  const about = { id, attempt, target: target.name, pinned: true, skipped: outcome.skipped };
  const hits = items.map(({ project, version, lines, wheel, saved }) => ({
    kind: 'hit' as const,
    project,
    version: version!,
    lines,
    wheel: wheel!,
    ...(saved !== undefined && { saved }),
  }));
  const plan: Plan = { schema: 1, ...about, image, items: hits, plannedAt };
  const record = await finalRecord(api.store, {
    ...asked(request),
    ...about,
    ...{ image, items, plannedAt },
    state: 'ready',
  });
  await writeEndedPrebuild(api.store, { request, list, plan, record, lockedList: lockedListOf(record) });
  api.metrics.prebuildEnded(record);
  return record;
}
