import pLimit from 'p-limit';
import { type LockedWheel, lockedWheels } from '../../core/locked-list.ts';
import type { PrebuildRecord } from '../../core/records/prebuild.ts';
import { WheelmillError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { readWheelRecord } from '../../storage/wheel-records.ts';

/** Small reads of one prebuild under way at once. */
const READS_AT_ONCE = 16;
const SHOWN = 3;

/** Wheels of a prebuild that are not stored any more. */
export async function deletedWheels(
  store: ObjectStore,
  prebuild: Pick<PrebuildRecord, 'items'>,
): Promise<LockedWheel[]> {
  const limit = pLimit(READS_AT_ONCE);
  const wheels = lockedWheels(prebuild);
  const records = await Promise.all(
    wheels.map(({ project, filename }) => limit(() => readWheelRecord(store, project, filename))),
  );
  return wheels.filter(({ sha256 }, index) => records[index]?.sha256 !== sha256);
}

/** Refuses to hand out a list that cannot be installed any more. Throws WheelmillError `wheels-deleted` naming the wheels. */
export async function refuseDeleted(store: ObjectStore, prebuild: Pick<PrebuildRecord, 'items'>): Promise<void> {
  const deleted = await deletedWheels(store, prebuild);
  if (deleted.length === 0) return;
  const names = deleted.map(({ filename }) => filename);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  throw new WheelmillError(
    'wheels-deleted',
    `Wheelmill: ${names.slice(0, SHOWN).join(', ')}${more} of this list ${names.length === 1 ? 'was' : 'were'} deleted here. Send the list again`,
    { faults: names.map((filename) => ({ filename })) },
  );
}
