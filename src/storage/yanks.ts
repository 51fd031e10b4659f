import type { WheelRecord } from '../core/records/wheel.ts';
import type { ObjectStore } from './object-store.ts';
import { changeWheelRecord } from './wheel-records.ts';

/**
 * Yanks a stored wheel (PEP 592), or with no reason takes that back, as what is stored besides it demands. Rendering the page
 * is the caller's to arrange.
 */
export async function yankWheel(store: ObjectStore, record: WheelRecord, reason: string | undefined): Promise<void> {
  const { yanked, ...rest } = record;
  await changeWheelRecord(store, { ...rest, ...(reason !== undefined && { yanked: reason }) });
}

/**
 * Yanks a stored wheel because somebody says so: that stays, whatever upstream says of a copy and whatever is built.
 *
 * @returns whether anything is different. Rendering the page is the caller's to arrange.
 */
export async function yankByHand(
  store: ObjectStore,
  record: WheelRecord,
  reason: string | undefined,
): Promise<boolean> {
  const yanked = reason || (true as const);
  if (record.yankedHere && record.yanked === yanked) return false;
  const before = record.yankedHere ? record.yankedHere.before : ofUpstream(record);
  await changeWheelRecord(store, { ...record, yanked, yankedHere: { ...(before !== undefined && { before }) } });
  return true;
}

/**
 * Takes back a yank of ours; a copy is as yanked as it was when it came. What upstream has yanked is not ours to take back.
 *
 * @returns whether anything is different. Rendering the page is the caller's to arrange.
 */
export async function unyank(store: ObjectStore, record: WheelRecord): Promise<boolean> {
  if (isYankedUpstream(record) || record.yanked === undefined) return false;
  const { yanked, yankedHere, ...rest } = record;
  const before = yankedHere?.before;
  await changeWheelRecord(store, { ...rest, ...(before !== undefined && { yanked: before }) });
  return true;
}

/** Whether upstream, and nobody here, has yanked the file that this is a copy of. */
export function isYankedUpstream(record: WheelRecord): boolean {
  return ofUpstream(record) !== undefined && !record.yankedHere;
}

function ofUpstream({ origin, yanked }: WheelRecord): WheelRecord['yanked'] {
  return origin === 'mirrored' ? yanked : undefined;
}
