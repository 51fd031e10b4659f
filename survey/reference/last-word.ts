import { withoutHosts } from '../without-hosts.ts';

/** Lines that only say that a step failed. */
const HOLLOW =
  /subprocess-exited-with-error|Failed (?:building|to build)|metadata-generation-failed|did not run successfully|ERROR: Command errored|^error: [Cc]ommand .*/;
const ERROR = /\b(?:\w*(?:Error|Exception)|error|fatal error)\b ?\d*:|^(?:ERROR|error)\b/;
const MAX_CHARS = 200;

/** The last line of a log that says what went wrong, for people; the last line at all where none does. */
export function lastWord(log: string): string {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const last = lines.findLast((line) => ERROR.test(line) && !HOLLOW.test(line)) ?? lines.at(-1) ?? '';
  return withoutHosts(last).slice(0, MAX_CHARS);
}
