import type { WheelRecord } from '../core/records/wheel.ts';
import { parseWheelFilename } from '../core/wheel-filename.ts';
import { listWheelRecords } from '../storage/wheel-records.ts';
import { yankWheel } from '../storage/yanks.ts';
import type { Worker } from './context.ts';
import { pageWork } from './queue/works.ts';

/** Why the wheels are yanked that a rebuild has taken the place of (PEP 592). */
export const SUPERSEDED = 'superseded by a rebuild';

/**
 * Makes a wheel that was built again the one that installers take: build tags are made of hashes, so the newer one need not
 * be the higher. Wheels that serve the same are yanked: they stay listed, and lists that pin their hashes still install.
 */
export async function supersede(
  worker: Pick<Worker, 'store' | 'queue'>,
  project: string,
  filename: string,
): Promise<void> {
  const records = await listWheelRecords(worker.store, project);
  const newest = records.find((one) => one.filename === filename);
  if (!newest) return;
  // A rebuild may give the bytes of one that was superseded before.
  if (newest.yanked === SUPERSEDED && !newest.yankedHere) await yankWheel(worker.store, newest, undefined);
  const older = records.filter((one) => one !== newest && !one.yanked && servesTheSame(one, newest));
  for (const one of older) await yankWheel(worker.store, one, SUPERSEDED);
  if (older.length > 0 || newest.yanked) await worker.queue.add(pageWork(project));
}

function servesTheSame(one: WheelRecord, other: WheelRecord): boolean {
  const same = (pick: (record: WheelRecord) => unknown) => pick(one) === pick(other);
  return (
    one.origin === 'built' &&
    same((record) => record.version) &&
    same((record) => record.visibility) &&
    same((record) => record.build?.sdist.sha256) &&
    same((record) => record.build?.platform) &&
    same((record) => record.build?.procedure) &&
    same((record) => record.build?.recipe) &&
    same((record) => parseWheelFilename(record.filename).tags.join())
  );
}
