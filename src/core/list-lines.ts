import { isBlank, stripBlanks } from './blanks.ts';
import { fault, type Located } from './list-finding.ts';

/** Of one file, after joining and without comments: a locked list has one for each project, whatever hashes it has. */
const MAX_LIST_LINES = 5000;
/** Of one line as written; joined ones grow with the number of hashes, a hundred of which are nothing special. */
export const MAX_LINE_CHARS = 8192;

/** A line after joining and without its comment. */
export interface LogicalLine {
  /** Where it starts in the file, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Where Python's `str.splitlines` ends a line, which pip uses. */
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

const isComment = (line: string): boolean => stripBlanks(line).startsWith('#');

/** Cuts at the first `#` that starts the line or follows a blank (pip: `(^|\s+)#.*$`). */
function withoutComment(line: string): string {
  let hash = line.indexOf('#');
  while (hash > 0 && !isBlank(line[hash - 1])) hash = line.indexOf('#', hash + 1);
  return stripBlanks(hash < 0 ? line : line.slice(0, hash));
}

/** pip strips all backslashes from both ends; a loop, since `\\+$` would take quadratic time on a line full of them. */
function withoutBackslashes(line: string): string {
  let [start, end] = [0, line.length];
  while (line[start] === '\\') start += 1;
  while (end > start && line[end - 1] === '\\') end -= 1;
  return line.slice(start, end);
}

/** Lines that end in `\` joined with the next one; a comment always ends what it was joined to, as in pip. */
function joined(lines: readonly string[]): LogicalLine[] {
  const result: LogicalLine[] = [];
  let pending: string[] = [];
  let start = 1;
  for (const [index, line] of lines.entries()) {
    if (pending.length === 0) start = index + 1;
    const comment = isComment(line);
    const continues = line.endsWith('\\') && !comment;
    pending.push(continues ? withoutBackslashes(line) : comment ? ` ${line}` : line);
    if (continues) continue;
    result.push({ line: start, text: pending.join('') });
    pending = [];
  }
  if (pending.length > 0) result.push({ line: start, text: pending.join('') });
  return result;
}

/** The list's logical lines that say something, or why there are none; too long lines are reported each. */
export function logicalLines(text: string): { lines: LogicalLine[]; findings: Located[] } {
  const physical = text.split(LINE_END);
  if (physical.at(-1) === '') physical.pop();
  const tooLong = fault('line-too-long', `The line has more than ${MAX_LINE_CHARS} characters; break it with "\\".`);
  const findings = physical.flatMap((line, index) =>
    line.length > MAX_LINE_CHARS ? [{ line: index + 1, text: line, finding: tooLong }] : [],
  );
  const readable = physical.map((line) => (line.length > MAX_LINE_CHARS ? '' : line));
  const lines = joined(readable)
    .map(({ line, text: whole }) => ({ line, text: withoutComment(whole) }))
    .filter((line) => line.text !== '');
  const excess = lines[MAX_LIST_LINES];
  if (excess === undefined) return { lines, findings };
  const message = `The list has more than ${MAX_LIST_LINES} requirements and options; split it into several lists.`;
  return { lines: [], findings: [{ line: excess.line, text: '', finding: fault('list-too-large', message) }] };
}
