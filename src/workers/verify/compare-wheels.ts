import { WHEEL_LIMITS } from '../../check/limits.ts';
import { openSource, type Source } from '../../check/source.ts';
import { readEntries, type ZipEntry } from '../../check/zip-entries.ts';
import type { Difference } from '../../core/records/verification.ts';
import { compareMember } from './compare-member.ts';
import { findFollowing } from './following.ts';

/**
 * Where two wheels of one project and version differ, both with our build tag. Reads them as hostile zip files and unpacks
 * nothing to disk. Differences that follow from others are marked and come last; in a wheel that differs at all there is
 * one at least that does not.
 *
 * @param distInfo name of their `.dist-info` folder
 * @throws BuildFailure `bad-wheel`
 */
export async function compareWheels(stored: string, rebuilt: string, distInfo: string): Promise<Difference[]> {
  const one = await openSource(stored);
  try {
    const other = await openSource(rebuilt);
    try {
      return await compare(one, other, distInfo);
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
}

async function compare(stored: Source, rebuilt: Source, distInfo: string): Promise<Difference[]> {
  const [before, after] = await Promise.all([
    readEntries(stored, { ...WHEEL_LIMITS, entries: Infinity }),
    readEntries(rebuilt, { ...WHEEL_LIMITS, entries: Infinity }),
  ]);
  const known = new Map(before.map((entry) => [entry.name, entry]));
  const made = new Map(after.map((entry) => [entry.name, entry]));
  const found: Difference[] = [];
  for (const entry of before) {
    const twin = made.get(entry.name);
    if (twin) found.push(...(await compareMember({ file: stored, entry }, { file: rebuilt, entry: twin })));
    else found.push({ member: entry.name, kind: 'only-stored' });
  }
  for (const { name } of after) if (!known.has(name)) found.push({ member: name, kind: 'only-rebuilt' });
  found.push(...compareOrder(before, after));
  const following = await findFollowing(
    { file: stored, entries: before },
    { file: rebuilt, entries: after },
    found,
    distInfo,
  );
  const own = found.filter((difference) => !following.has(difference));
  const rest = found.filter((difference) => following.has(difference));
  const cause: Difference[] = own.length === 0 && rest.length > 0 ? [{ kind: 'packing' }] : own;
  return [...cause, ...rest.map((difference) => ({ ...difference, follows: true as const }))];
}

/** The first of the members that both have which stands at another place among them. */
function compareOrder(before: readonly ZipEntry[], after: readonly ZipEntry[]): Difference[] {
  const [known, made] = [new Set(before.map((one) => one.name)), new Set(after.map((one) => one.name))];
  const old = before.map((one) => one.name).filter((name) => made.has(name));
  const now = after.map((one) => one.name).filter((name) => known.has(name));
  const at = old.findIndex((name, place) => now[place] !== name);
  const member = old[at];
  if (member === undefined) return [];
  return [{ member, kind: 'order', stored: String(at + 1), rebuilt: String(now.indexOf(member) + 1) }];
}
