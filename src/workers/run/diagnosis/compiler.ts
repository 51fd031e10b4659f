import type { Rule } from './rule.ts';

/** What C compilers let pass with a warning until GCC 14 (https://gcc.gnu.org/gcc-14/porting_to.html) and refuse since. */
const REFUSED_SINCE_GCC_14 = [
  'implicit-function-declaration',
  'implicit-int',
  'incompatible-pointer-types',
  'int-conversion',
  'return-mismatch',
];

/** C that is older than the compiler. */
export const COMPILER: Rule[] = REFUSED_SINCE_GCC_14.map((name) => ({
  reason: 'build-error',
  pattern: new RegExp(`(?:^|\\n)[ \\t]{0,100}[^\\s:]{1,500}:\\d{1,7}:\\d{1,7}: error: ([^\\n]+) \\[-W${name}\\]`),
  message: (culprit) => `The compiler of the build image refuses C that older ones let pass: ${culprit}.`,
  hint: `Ask for a newer version of the package, or have its recipe let it pass: wheelmill recipe set PROJECT --env CFLAGS=-Wno-error=${name}`,
}));
