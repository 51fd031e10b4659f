import { isPrivate } from '../core/private-files.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { listClaims, readClaim } from '../storage/claims.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { listSdistRecords } from '../storage/sdist-records.ts';

/** What a reader without a token is not told of: claimed names, and what was uploaded or built of an upload. */
export type Hidden = {
  /** Claimed names, for lists of projects. */
  names(): Promise<ReadonlySet<string>>;
  project(name: string): Promise<boolean>;
  /** A private wheel stays one when its name is given back. */
  wheel(record: Pick<WheelRecord, 'project' | 'origin' | 'build'>): Promise<boolean>;
};

/** Asks the bucket each time: what was claimed a moment ago is hidden now. Throws what the store throws, and shows nothing then. */
export function createHidden(store: ObjectStore): Hidden {
  return {
    async names() {
      const names = new Set<string>();
      for await (const name of listClaims(store)) names.add(name);
      return names;
    },
    project: async (name) => (await readClaim(store, name)) !== undefined,
    async wheel(record) {
      if (record.origin === 'uploaded') return true;
      return record.build !== undefined && isPrivate(record, await listSdistRecords(store, record.project));
    },
  };
}
