import { type Rule, rules } from './rule.ts';

const wants = (what: string) => (culprit: string, place: string) => `${what} ${culprit}, which ${place} does not have.`;

const HEADER: Omit<Rule, 'pattern'> = {
  reason: 'missing-header',
  message: wants('The build needs the header'),
  missing: 'header',
};
const LIBRARY: Omit<Rule, 'pattern'> = {
  reason: 'missing-header',
  message: wants('The build needs the library'),
  missing: 'library',
};
const MODULE: Omit<Rule, 'pattern'> = { ...LIBRARY, missing: 'module' };
const PROGRAM: Omit<Rule, 'pattern'> = {
  reason: 'missing-tool',
  message: wants('The build needs the program'),
  missing: 'program',
};

/** What the compiler did not find. It has ended the build, unless a probe of a configure script asked for it. */
export const MISSING_HEADER: Rule[] = rules(
  [/fatal error: ([^\s:']+): No such file/, /fatal error: '([^'\n]+)' file not found/],
  HEADER,
);

/** Other things that builds miss; many look for several ways and say so of each, hence the last of them counts. */
export const MISSING: Rule[] = [
  ...rules(
    [
      /cannot find -l([\w+.-]+)/,
      /(?:Loading library|error:|OSError:) (lib[\w+-]+)\.so[\d.]*: cannot open shared object file/,
      /Can't find a local (Oracle Berkeley DB) installation/,
      /CMake Error[^\n]*\n\s*Could NOT find (\w+)/,
      /make sure the (libxml2) and libxslt development packages are installed/,
      /The headers or library files could not be found for (\w+)/,
      /You need to install (lib\w+) development headers/,
    ],
    LIBRARY,
  ),
  ...rules(
    [
      /No package '([^'\n]+)' found/,
      /Package '?([^\s',]+)'?(?:, required by '[^'\n]*',| was) not found/,
      /error: ([\w+.-]+) is not installed or not in path/,
      /Dependency ["']?([\w+.-]+)["']? (?:is required but )?not found/,
      /Can not find valid pkg-config name[\s\S]*?(MYSQLCLIENT_CFLAGS|mysqlclient)/,
    ],
    MODULE,
  ),
  ...rules(
    [
      /(?:^|\n|: )([\w+.-]+): command not found/,
      /[:/][^\s:]{0,200}: (?:line )?\d{1,6}: ([\w+./-]{1,200}): not found/,
      /\n[^\n]*make(?:\[\d\])?: ([\w+.-]+): No such file or directory/,
      /error: command '([^'\n]+)' failed: No such file/,
      /unable to execute '([^'\n]+)': No such file/,
      /\[Errno 2\] No such file or directory: '([a-z][\w+-]*|R)'/,
      /linker `([^`\n]+)` not found/,
      /Error: (pg_config|mysql_config) executable not found/,
      /(mysql_config|pg_config|pkg-config|cmake|ninja|gfortran|swig)(?:: | is | was )?not found/i,
      /(Rust compiler|rustc|Cargo)\b[^\n]*(?:not installed|can't find|not found)/,
      /can't find (Rust compiler)/,
      /(Cargo) metadata failed\. Do you have cargo in your PATH/i,
      /(Rust) not found, installing into/,
      /(CMake) must be installed/i,
      /(cmake) is not installed/i,
      /CMake executable is (\w+)/,
      /Unknown compiler\(s\): \[\['([^']+)'/,
      /Failed to find a supported (Fortran compiler)/i,
      /No CMAKE_(Fortran)_COMPILER could be found/,
      /unable to find a build program corresponding to "(Ninja)"/,
      /Could not find ([a-z][\w+-]*-config)\b/,
      /\b(qmake) could not be found|(qmake)' to set/,
    ],
    PROGRAM,
  ),
];
