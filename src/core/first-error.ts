/**
 * Lines that say what went wrong, as compilers, linkers, Python, cargo and the tools of builds write them. A line that only tells
 * of a flag (`-Werror`), or of a check of configure, is none.
 */
const ERRORS: readonly RegExp[] = [
  /(?:^|[\s:])(?:[Ff]atal )?(?:[Ee]rror|ERROR)(?:\[E\d+\])?:/,
  /^\s*(?:ERROR\b|CMake Error|Error compiling)/,
  /^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit)\b(?::|$)/,
  /undefined reference to|cannot find -l|collect2: error|ld returned \d+ exit status/,
  /(?:command|program) not found$|: not found$/,
  /^make(?:\[\d+\])?: \*\*\*/,
  /^Killed$|Segmentation fault/,
];

/** The same as one: what a line that is an error has in it. The script of the pages takes it from there, so flags would be lost. */
export const ERROR_PATTERN = [
  // Before a Python error comes where it happened: people start to read there.
  '^Traceback \\(most recent call last\\):',
  ...ERRORS.map((one) => one.source),
].join('|');

const ERROR = new RegExp(ERROR_PATTERN);

export function isErrorLine(line: string): boolean {
  return !line.startsWith('warning:') && ERROR.test(line);
}

/** Where the first error of a log is, counted from 0; undefined where none is recognised. */
export function firstError(lines: readonly string[]): number | undefined {
  const at = lines.findIndex(isErrorLine);
  return at < 0 ? undefined : at;
}
