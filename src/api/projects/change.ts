import pLimit from 'p-limit';
import type { NormalizedName } from '../../core/names.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { deleteWheel, undeleteWheel } from '../../storage/deletions.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';
import { isYankedUpstream, unyank, yankByHand } from '../../storage/yanks.ts';
import type { Api } from '../context.ts';
import { renderNow } from '../render-now.ts';
import { listDeleted } from './view.ts';
import { checkWhich, meant, nothingMeant, type Which } from './which.ts';

/** File names: what is different now, what was so before, and of an undeletion what is only allowed to come back. */
export type Change = { changed: string[]; unchanged: string[]; released?: string[] };

/** Files of one version that are written at once. */
const AT_ONCE = 8;

/** Yanks wheels that are stored (PEP 592). Throws WheelmillError `not-found`, `bad-request`. */
export async function yank(api: Api, project: NormalizedName, which: Which, reason: string | undefined) {
  const records = await meantRecords(api, project, which);
  return apply(api, project, records, (record) => yankByHand(api.store, record, reason));
}

/** Takes yanks back. Throws WheelmillError `yanked-upstream` where none of them is ours to take back. */
export async function takeYankBack(api: Api, project: NormalizedName, which: Which): Promise<Change> {
  const records = await meantRecords(api, project, which);
  if (records.every(isYankedUpstream))
    throw new WheelmillError(
      'yanked-upstream',
      `${records[0]?.filename} is a copy of a file that upstream has yanked (${records[0]?.yanked}). Pin the version to install it all the same.`,
    );
  return apply(api, project, records, (record) => unyank(api.store, record));
}

/** Deletes stored wheels; one that was deleted before stays so. */
export async function remove(
  api: Api,
  project: NormalizedName,
  which: Which,
  reason: string | undefined,
): Promise<Change> {
  checkWhich(which);
  const stored = await listWheelRecords(api.store, project);
  const gone = (await listDeleted(api.store, project)).map(({ record }) => record);
  const records = meant(stored, which);
  const before = meant(gone, which).filter((one) => !records.some(({ filename }) => filename === one.filename));
  if (records.length + before.length === 0) throw nothingMeant(project, which, stored);
  const { changed } = await apply(api, project, records, async (record) => {
    await deleteWheel(api.store, record, reason);
    return true;
  });
  return { changed, unchanged: before.map((one) => one.filename) };
}

/** Takes deletions back. Throws WheelmillError `being-changed` while it cannot. */
export async function takeDeletionBack(api: Api, project: NormalizedName, which: Which): Promise<Change> {
  checkWhich(which);
  const deleted = await listDeleted(api.store, project);
  const tombstones = new Map(deleted.map((one) => [one.record.filename, one]));
  const records = meant(
    [...tombstones.values()].map(({ record }) => record),
    which,
  );
  if (records.length === 0) {
    const stored = meant(await listWheelRecords(api.store, project), which);
    if (stored.length > 0) return { changed: [], unchanged: stored.map((one) => one.filename), released: [] };
    throw nothingMeant(
      project,
      which,
      [...tombstones.values()].map(({ record }) => record),
      'deleted',
    );
  }
  const freed = new Set<string>();
  const { changed, unchanged } = await apply(api, project, records, async ({ filename }) => {
    const outcome = await undeleteWheel(api.store, tombstones.get(filename)!).catch(asBeingChanged);
    if (outcome === 'released') freed.add(filename);
    return outcome === 'restored';
  });
  const released = unchanged.filter((one) => freed.has(one));
  return { changed, unchanged: unchanged.filter((one) => !freed.has(one)), released };
}

async function meantRecords(api: Api, project: NormalizedName, which: Which): Promise<WheelRecord[]> {
  checkWhich(which);
  const stored = await listWheelRecords(api.store, project);
  const records = meant(stored, which);
  if (records.length === 0) throw nothingMeant(project, which, stored);
  return records;
}

/**
 * Makes a change to wheels of a project and renders its page: when this is done, the index says so. Where the process dies in
 * between, the marks have upkeep render the page.
 */
async function apply(
  api: Api,
  project: NormalizedName,
  records: readonly WheelRecord[],
  change: (record: WheelRecord) => Promise<boolean>,
): Promise<Change> {
  const limit = pLimit(AT_ONCE);
  const outcomes = await Promise.all(records.map((record) => limit(() => change(record))));
  await renderNow(api, project);
  const named = (is: boolean) => records.filter((_, index) => outcomes[index] === is).map((one) => one.filename);
  return { changed: named(true), unchanged: named(false) };
}

function asBeingChanged(error: unknown): never {
  if (!(error instanceof BuildFailure)) throw error;
  throw new WheelmillError('being-changed', error.message, { cause: error });
}
