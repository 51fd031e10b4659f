import type { Rule } from './rule.ts';

const NEWER =
  'Take a build image that has a newer Rust, or ask for an older version of the package. Where the recipe names the Debian packages cargo or rustc, name cargo-web instead: Debian keeps it newer.';

/** The latest of the versions in a text, by their numbers. */
function newest(text: string): string {
  const parts = (version: string) => version.split('.').map(Number);
  const isNewer = (one: string, other: string) => {
    const [left, right] = [parts(one), parts(other)];
    const at = left.findIndex((number, index) => number !== (right[index] ?? 0));
    return at !== -1 && left[at]! > (right[at] ?? 0);
  };
  return (text.match(/\d+(?:\.\d+)+/g) ?? []).reduce(
    (last, one) => (last === '' || isNewer(one, last) ? one : last),
    '',
  );
}

function tooOld(pattern: RegExp, message: Rule['message']): Rule {
  return { reason: 'missing-tool', pattern, message, hint: NEWER };
}

/** The Rust of the image is too old for the package: it says so itself before it compiles anything. */
export const OLD_RUST: Rule[] = [
  tooOld(
    /rustc ([\d.]+)\S* is not supported by the following packages?:\n((?:[^\n]* requires rustc [\d.]+\n?)+)/,
    (_has, place, [has = '', wanted = '']) =>
      `The package needs Rust ${newest(wanted.replace(/^.* requires rustc /gm, ''))}, and ${place} has ${has}.`,
  ),
  tooOld(
    /requires rustc ([\d.]+) or newer, while the currently active rustc version is ([\d.]+)/,
    (_wanted, place, [wanted = '', has = '']) => `The package needs Rust ${wanted}, and ${place} has ${has}.`,
  ),
  tooOld(
    /error: Rust ([\d.]+)\S* does not match extension requirement ([<>=~^\d.]+)/,
    (_has, place, [has = '', wanted = '']) => `The package needs Rust ${wanted}, and ${place} has ${has}.`,
  ),
  tooOld(
    /this version of Cargo is older than the `(2024)` edition|feature `edition(2024)` is required/,
    (_edition, place) => `The package is of the Rust edition 2024, which Rust 1.85 brought; that of ${place} is older.`,
  ),
  tooOld(
    /lock file version `?(4)`? (?:was found, but this version of Cargo does not understand|requires `-Znext-lockfile-bump`)/,
    (_version, place) =>
      `The package's Cargo.lock is of version 4, which Rust 1.78 brought; that of ${place} is older.`,
  ),
  tooOld(
    /(usage of sparse registries requires `-Z sparse-registry`)/,
    (_said, place) => `Builds have crates from a sparse registry, which Rust 1.68 brought; that of ${place} is older.`,
  ),
];
