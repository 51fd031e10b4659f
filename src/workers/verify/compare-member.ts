import { createHash } from 'node:crypto';
import type { Source } from '../../check/source.ts';
import { unpack } from '../../check/unpack.ts';
import type { ZipEntry } from '../../check/zip-entries.ts';
import type { Difference } from '../../core/records/verification.ts';

/** A member of a wheel, and the file to read it from. */
export type Member = { file: Source; entry: ZipEntry };

/** How one member differs between two wheels: its content, else how it is packed; its mode; its time. */
export async function compareMember(stored: Member, rebuilt: Member): Promise<Difference[]> {
  const [before, after] = [stored.entry, rebuilt.entry];
  const member = before.name;
  const found: Difference[] = [];
  const compare = (kind: Difference['kind'], one: string, other: string) => {
    if (one !== other) found.push({ member, kind, stored: one, rebuilt: other });
    return one === other;
  };
  const sameContent = compare('content', await contentHash(stored), await contentHash(rebuilt));
  if (sameContent && (await packedHash(stored)) !== (await packedHash(rebuilt)))
    found.push({ member, kind: 'compression', stored: packing(before), rebuilt: packing(after) });
  compare('mode', before.mode.toString(8), after.mode.toString(8));
  compare('time', timeOf(before.time), timeOf(after.time));
  return found;
}

async function contentHash({ file, entry }: Member): Promise<string> {
  const hash = createHash('sha256');
  await unpack(file, entry, (chunk) => hash.update(chunk));
  return hash.digest('hex');
}

/** Of the packed bytes with their method: equal content packed the same way. */
async function packedHash({ file, entry }: Member): Promise<string> {
  const hash = createHash('sha256').update(`${entry.method} `);
  for await (const chunk of file.chunksAt(entry.dataStart, entry.dataEnd)) hash.update(chunk);
  return hash.digest('hex');
}

const packing = ({ method, packedSize }: ZipEntry): string => `method ${method}, ${packedSize} bytes`;

/** MS-DOS date and time (APPNOTE 4.4.6): local, to two seconds. */
function timeOf(dos: number): string {
  const [date, time] = [dos >>> 16, dos & 0xffff];
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${1980 + (date >> 9)}-${two((date >> 5) & 15)}-${two(date & 31)}`;
  return `${day} ${two(time >> 11)}:${two((time >> 5) & 63)}:${two((time & 31) * 2)}`;
}
