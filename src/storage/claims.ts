import { type Claim, ClaimSchema } from '../core/records/claim.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { markDirty } from './wheel-records.ts';

export function readClaim(store: ObjectStore, project: string): Promise<Claim | undefined> {
  return readRecord(store, paths.claim(project), ClaimSchema);
}

/** Claimed names, ascending; those after `after` only. */
export async function* listClaims(store: ObjectStore, { after }: { after?: string } = {}): AsyncGenerator<string> {
  const prefix = paths.claims();
  const from = after === undefined ? {} : { after: paths.claim(after) };
  for await (const key of store.list(prefix, from)) yield key.slice(prefix.length, -'.json'.length);
}

/**
 * What a mark waits for whose rendering must have seen the claim, or that it has gone. No file has such a name
 * (`markDirty`).
 */
export const CLAIM_MARKS = { claimed: 'claimed', free: 'not-claimed' } as const;

/** Claims a name; one that is claimed already keeps its claim. Rendering the page is the caller's to arrange. */
export async function writeClaim(store: ObjectStore, project: string, by: Claim['by']): Promise<Claim> {
  const there = await readClaim(store, project);
  if (there) return there;
  const claim: Claim = { schema: 1, project, by, claimedAt: new Date().toISOString() };
  await markDirty(store, project, CLAIM_MARKS.claimed);
  await writeRecord(store, paths.claim(project), ClaimSchema, claim);
  return claim;
}

/** Gives a name back. Rendering the page is the caller's to arrange. */
export async function removeClaim(store: ObjectStore, project: string): Promise<void> {
  await markDirty(store, project, CLAIM_MARKS.free);
  await store.remove(paths.claim(project));
}
