import Type from 'typebox';
import Value from 'typebox/value';
import { type CrateName, isCrateName, isCrateVersion } from '../../core/crate-name.ts';
import { isSha256, type Sha256 } from '../../core/sha256.ts';

/** One version of a crate as its index file has it; `text` is the whole line, for cargo. */
export type IndexLine = { name: CrateName; version: string; sha256: Sha256; text: string };

/** Of a line's fields those that are used here (https://doc.rust-lang.org/cargo/reference/registry-index.html#json-schema). */
const LineSchema = Type.Object({ name: Type.String(), vers: Type.String(), cksum: Type.String() });

/** Reads an index file. Lines that cannot be used are left out: cargo does the same with what it does not understand. */
export function parseIndexLines(text: string, wanted: CrateName): IndexLine[] {
  return text.split('\n').flatMap((line) => {
    const fields = parse(line);
    if (!Value.Check(LineSchema, fields)) return [];
    const { name, vers: version, cksum: sha256 } = fields;
    if (!isCrateName(name) || name.toLowerCase() !== wanted.toLowerCase()) return [];
    return isCrateVersion(version) && isSha256(sha256) ? [{ name, version, sha256, text: line }] : [];
  });
}

/** The line as it is for a build that may have it whatever became of the version since. */
export function withoutYank(line: IndexLine): IndexLine {
  const fields = parse(line.text);
  return typeof fields === 'object' ? { ...line, text: JSON.stringify({ ...fields, yanked: false }) } : line;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
