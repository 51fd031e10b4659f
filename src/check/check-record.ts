import { quoted } from '../core/faults.ts';
import { badWheel } from './bad-wheel.ts';
import { isMachineCode } from './machine-code.ts';
import { type RecordRow, recordDigest } from './record-file.ts';
import type { Source } from './source.ts';
import { digestOf } from './unpack.ts';
import type { ZipEntry } from './zip-entries.ts';

/** Files that RECORD cannot vouch for: itself, and signatures of it. */
export function unrecorded(distInfo: string): { record: string; signatures: string[] } {
  const record = `${distInfo}/RECORD`;
  return { record, signatures: [`${record}.jws`, `${record}.p7s`] };
}

function byPath(rows: readonly RecordRow[]): Map<string, RecordRow> {
  const found = new Map<string, RecordRow>();
  for (const row of rows) {
    if (found.has(row.path)) throw badWheel(`its RECORD lists ${quoted(row.path)} twice`);
    found.set(row.path, row);
  }
  return found;
}

/**
 * Holds every file of a wheel to its row in RECORD, and every row to a file. Unpacks all entries, so that sizes and
 * CRCs of the zip file are checked as well.
 * @returns whether a file of it has machine code
 * @throws BuildFailure `bad-wheel`
 */
export async function checkRecord(
  file: Source,
  entries: readonly ZipEntry[],
  rows: readonly RecordRow[],
  distInfo: string,
): Promise<{ machineCode: boolean }> {
  const { record, signatures } = unrecorded(distInfo);
  const listed = byPath(rows);
  const names = new Set(entries.map((entry) => entry.name));
  for (const path of listed.keys()) {
    if (!names.has(path) || path.endsWith('/')) throw badWheel(`its RECORD lists ${quoted(path)}, which is not in it`);
  }
  let machineCode = false;
  const digested = async (entry: ZipEntry, algorithm: string) => {
    const { digest, head } = await digestOf(file, entry, algorithm);
    machineCode ||= isMachineCode(head);
    return digest;
  };
  for (const entry of entries) {
    const row = listed.get(entry.name);
    if (entry.name === record || signatures.includes(entry.name)) {
      if (row !== undefined && row.hash !== '' && entry.name === record)
        throw badWheel('its RECORD has a hash of itself');
      await digested(entry, 'sha256');
    } else if (row === undefined) {
      if (!entry.name.endsWith('/')) throw badWheel(`its RECORD does not list ${quoted(entry.name)}`);
      await digested(entry, 'sha256');
    } else {
      const { algorithm, digest, size } = recordDigest(row);
      if (size !== entry.size) throw badWheel(`its RECORD has another size for ${quoted(entry.name)}`);
      if ((await digested(entry, algorithm)) !== digest) {
        throw badWheel(`its RECORD has another hash for ${quoted(entry.name)}`);
      }
    }
  }
  return { machineCode };
}
