import { decodeList } from './list-encoding.ts';
import { isFinding } from './list-finding.ts';
import { type Include, readLine } from './list-line.ts';
import { logicalLines } from './list-lines.ts';

/** Files of one posting; lists that are split into more are seldom written by hand. */
export const MAX_LIST_FILES = 50;
/** Bytes of all files of one posting together. */
export const MAX_POSTING_BYTES = 16 * 1024 * 1024;

/** The files that a requirements list names by `-r` and `-c`, and where; none where it cannot be read. */
export function namedFiles(bytes: Uint8Array): (Include & { line: number })[] {
  const text = decodeList(bytes);
  if (isFinding(text)) return [];
  return logicalLines(text).lines.flatMap((line) => {
    const { include } = readLine(line);
    return include ? [{ ...include, line: line.line }] : [];
  });
}
