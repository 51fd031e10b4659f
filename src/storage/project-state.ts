import pLimit from 'p-limit';
import { indexedWheels } from '../core/private-files.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { isListed } from '../core/wheel-proof.ts';
import { WheelmillError } from '../errors.ts';
import { readClaim } from './claims.ts';
import { CLAIM_MARK, type Mark, markOfContent, markOfName } from './dirty-marks.ts';
import type { ObjectStore } from './object-store.ts';
import { listSdistRecords } from './sdist-records.ts';
import { listTombstoneNames, standingTombstone } from './tombstones.ts';
import { listWheelNames, readWheelRecord } from './wheel-records.ts';

/** Small reads of one project under way at once. */
const READS_AT_ONCE = 16;

/** What a project's page is made of. */
export type ProjectState = {
  /**
   * Records of wheels that were not deleted, by file name: private ones where the name is claimed, else upstream's. Those that
   * wait for their proof or failed it are not among them, and so on no page.
   */
  listed: WheelRecord[];
  /** Whether the project's name is claimed. */
  claimed: boolean;
  /** File names that were deleted, and whose records are still there. */
  unfinished: string[];
  /** Whether what a mark announces is part of this. */
  meets(mark: Mark): boolean;
};

/** `broken`: the record is there, and cannot be read. */
type Known = Map<string, WheelRecord | 'broken'>;

/** Looks at a project again and again. Every look reads new records, and those that the marks speak of; the others are known. */
export function lookAgain(store: ObjectStore, project: string): (marks: readonly Mark[]) => Promise<ProjectState> {
  const known: Known = new Map();
  const considered = new Set<string>();
  let meets: ProjectState['meets'] = () => false;
  return async (marks) => {
    const tombstones = await listTombstoneNames(store, project);
    const names = await listWheelNames(store, project);
    const suspects = marks.filter((mark) => !considered.has(mark.key) || !meets(mark));
    for (const { key } of marks) considered.add(key);
    const isAny = suspects.some(({ name }) => name === undefined);
    const suspected = new Set(suspects.map(({ name }) => name));
    await readInto(
      known,
      names.filter((name) => isAny || !known.has(name) || suspected.has(markOfName(name))),
      (name) => readSound(store, project, name),
    );
    const there = names.filter((name) => known.has(name));
    const claimed = (await readClaim(store, project)) !== undefined;
    const sdists = await listSdistRecords(store, project);
    meets = meetsOf(known, there, tombstones, claimed);
    const deleted = new Set<string>();
    for (const name of tombstones)
      if (known.has(name) && (await standingTombstone(store, project, name))) deleted.add(name);
    const present = there.flatMap((name) => soundRecord(known, name)).filter(({ filename }) => !deleted.has(filename));
    return {
      listed: indexedWheels(present, { claimed, sdists }).filter(isListed),
      claimed,
      unfinished: there.filter((name) => deleted.has(name)),
      meets,
    };
  };
}

async function readInto(
  known: Known,
  names: readonly string[],
  read: (name: string) => Promise<WheelRecord | 'broken' | undefined>,
): Promise<void> {
  const limit = pLimit(READS_AT_ONCE);
  await Promise.all(
    names.map((name) =>
      limit(async () => {
        const record = await read(name);
        if (record) known.set(name, record);
        else known.delete(name);
      }),
    ),
  );
}

function soundRecord(known: Known, name: string): WheelRecord[] {
  const record = known.get(name);
  return record === undefined || record === 'broken' ? [] : [record];
}

async function readSound(
  store: ObjectStore,
  project: string,
  filename: string,
): Promise<WheelRecord | 'broken' | undefined> {
  try {
    return await readWheelRecord(store, project, filename);
  } catch (error) {
    if (error instanceof WheelmillError && error.code === 'store-corrupt') return 'broken';
    throw error;
  }
}

function meetsOf(
  known: Known,
  names: readonly string[],
  tombstones: readonly string[],
  claimed: boolean,
): ProjectState['meets'] {
  const records = new Map(names.map((name) => [markOfName(name), known.get(name)]));
  const deleted = new Set(tombstones.map(markOfName));
  return ({ name, content }) => {
    if (name === undefined) return true;
    if (name === CLAIM_MARK) return content === (claimed ? 'claimed' : 'free');
    if (content === 'deleted') return deleted.has(name);
    const record = records.get(name);
    if (content === undefined || record === undefined) return record !== undefined;
    return record !== 'broken' && markOfContent(record) === content;
  };
}
