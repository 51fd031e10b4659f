/**
 * Lines that say what went wrong, as compilers, linkers, Python, cargo and the tools of builds write them. A line that only tells
 * of a flag (`-Werror`), or of a check of configure, is none.
 */
const ERRORS: readonly RegExp[] = [
  /(?:^|[\s:])(?:fatal )?error(?:\[E\d+\])?:/i,
  /^\s*(?:ERROR\b|CMake Error|Error compiling)/,
  /^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit)\b(?::|$)/,
  /undefined reference to|cannot find -l|collect2: error|ld returned \d+ exit status/,
  /(?:command|program) not found$|: not found$/,
  /^make(?:\[\d+\])?: \*\*\*/,
  /^Killed$|Segmentation fault/,
];

/** Before a Python error comes where it happened: people start to read there. */
const TRACEBACK = 'Traceback (most recent call last):';

export function isErrorLine(line: string): boolean {
  return !line.startsWith('warning:') && ERRORS.some((one) => one.test(line));
}

/** Where the first error of a log is, counted from 0; undefined where none is recognised. */
export function firstError(lines: readonly string[]): number | undefined {
  const at = lines.findIndex((line) => isErrorLine(line) || line.startsWith(TRACEBACK));
  return at < 0 ? undefined : at;
}
