import type { Rule } from './rule.ts';

export type Found = { rule: Rule; culprit: string; groups: string[]; index: number };

/**
 * Files that configure scripts and build tools compile to see what there is: distutils, autoconf, CMake, meson, and the
 * temporary ones of setup scripts. What one of them misses ends nothing.
 */
export const PROBE =
  /(?:_configtest|conftest|CMake(?:Tmp|Scratch)|TryCompile|testfile|\/tmp\/\w+\/?\w*|\/tmp[a-z0-9_]{6,}\/\w+)[\w/.-]*/;

/** Lines that are about the command which the matching line belongs to: the compiler's own command comes before. */
const LINES_BEFORE = 2;

/** A compiler error in some file, or the end of a traceback: whatever ended the build, it was not what came before. */
const LATER_ERROR = /^(?:[^\s:]+:\d+:(?:\d+:)? error: |[\w.]*(?:Error|Exception): )/m;

/** The last match in a log of any of these rules; undefined when there is none. Probes count only as the last error there is. */
export function lastOf(rules: readonly Rule[], log: string): Found | undefined {
  const found = rules
    .flatMap((rule) => matches(rule, log))
    .filter(({ index }) => !isProbe(log, index) || !LATER_ERROR.test(log.slice(log.indexOf('\n', index))));
  return found.reduce<Found | undefined>((last, one) => (last && last.index >= one.index ? last : one), undefined);
}

function matches(rule: Rule, log: string): Found[] {
  return [...log.matchAll(new RegExp(rule.pattern, 'g'))].flatMap((match) => {
    const groups = match.slice(1).filter(Boolean);
    const culprit = groups[0]?.trim();
    return culprit ? [{ rule, culprit, groups, index: match.index }] : [];
  });
}

function isProbe(log: string, index: number): boolean {
  let from = index;
  for (let lines = 0; lines <= LINES_BEFORE && from > 0; lines += 1) from = log.lastIndexOf('\n', from - 1);
  const end = log.indexOf('\n', index + 1);
  return PROBE.test(log.slice(Math.max(0, from), end === -1 ? undefined : end));
}
