import { type Claim, ClaimSchema } from '../core/records/claim.ts';
import { paths } from './bucket-paths.ts';
import { announceClaim } from './dirty-marks.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';

export function readClaim(store: ObjectStore, project: string): Promise<Claim | undefined> {
  return readRecord(store, paths.claim(project), ClaimSchema);
}

/** Claimed names, ascending; those after `after` only. */
export async function* listClaims(store: ObjectStore, { after }: { after?: string } = {}): AsyncGenerator<string> {
  const prefix = paths.claims();
  const from = after === undefined ? {} : { after: paths.claim(after) };
  for await (const key of store.list(prefix, from)) yield key.slice(prefix.length, -'.json'.length);
}

/** Claims a name; one that is claimed already keeps its claim. Rendering the page is the caller's to arrange. */
export async function writeClaim(store: ObjectStore, project: string, by: Claim['by']): Promise<Claim> {
  const there = await readClaim(store, project);
  if (there) return there;
  const claim: Claim = { schema: 1, project, by, claimedAt: new Date().toISOString() };
  await announceClaim(store, project, 'claimed');
  await writeRecord(store, paths.claim(project), ClaimSchema, claim);
  return claim;
}

/** Gives a name back. Rendering the page is the caller's to arrange. */
export async function removeClaim(store: ObjectStore, project: string): Promise<void> {
  await announceClaim(store, project, 'free');
  await store.remove(paths.claim(project));
}
