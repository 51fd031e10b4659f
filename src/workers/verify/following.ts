import { parseRecord } from '../../check/record-file.ts';
import type { Source } from '../../check/source.ts';
import { readEntry } from '../../check/unpack.ts';
import type { ZipEntry } from '../../check/zip-entries.ts';
import type { Difference } from '../../core/records/verification.ts';

type Wheel = { file: Source; entries: readonly ZipEntry[] };

/**
 * Which of the differences follow from the others. WHEEL: when nothing but our own `Build` differs, which is made of a hash of
 * all bytes. RECORD: when, without the rows of members that differ, its rows are the same in the same order.
 */
export async function findFollowing(
  stored: Wheel,
  rebuilt: Wheel,
  found: readonly Difference[],
  distInfo: string,
): Promise<Set<Difference>> {
  const contentOf = (name: string) => found.find((one) => one.kind === 'content' && one.member === name);
  const following = new Set<Difference>();
  const wheel = contentOf(`${distInfo}/WHEEL`);
  if (wheel && (await same(stored, rebuilt, wheel.member!, withoutBuild))) following.add(wheel);
  const record = contentOf(`${distInfo}/RECORD`);
  const changed = new Set(
    found.filter(({ kind }) => ['content', 'only-stored', 'only-rebuilt'].includes(kind)).map((one) => one.member),
  );
  const rest = (text: string) => JSON.stringify(parseRecord(text).filter((row) => !changed.has(row.path)));
  if (record && (await same(stored, rebuilt, record.member!, rest))) following.add(record);
  return following;
}

const withoutBuild = (text: string): string => text.replace(/^Build:.*\n/m, '');

async function same(one: Wheel, other: Wheel, name: string, view: (text: string) => string): Promise<boolean> {
  const [before, after] = await Promise.all([textOf(one, name), textOf(other, name)]);
  return view(before) === view(after);
}

async function textOf({ file, entries }: Wheel, name: string): Promise<string> {
  const entry = entries.find((one) => one.name === name);
  return entry ? (await readEntry(file, entry, entry.size)).toString() : '';
}
