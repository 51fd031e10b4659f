import { quoted } from '../../core/faults.ts';
import type { FailureReason, Remedy } from '../../errors.ts';
import { BACK_END, CYTHON } from './diagnosis/back-end.ts';
import { COMPILER } from './diagnosis/compiler.ts';
import { CRATES } from './diagnosis/crates.ts';
import { INDEX_TROUBLE } from './diagnosis/index-trouble.ts';
import { MISSING, MISSING_HEADER } from './diagnosis/missing.ts';
import { NEEDS_NETWORK } from './diagnosis/needs-network.ts';
import { OLD_PACKAGE } from './diagnosis/old-package.ts';
import { OLD_RUST } from './diagnosis/old-rust.ts';
import { type Found, lastOf, PROBE } from './diagnosis/search.ts';
import { TAIL_BYTES } from './guard.ts';

export type Diagnosis = {
  reason: FailureReason;
  message: string;
  /** What a person can do, where that is more than what the reason alone says. */
  hint?: string;
  /** What may mend it. The name of what is missing is the build's own text, up to a length. */
  remedy?: Remedy;
};

/** By rank, see each: of the rules of one rank the one that matches last in the log counts. */
const RANKS = [
  ...INDEX_TROUBLE.map((rule) => [rule]),
  ...CRATES.map((rule) => [rule]),
  ...OLD_PACKAGE.map((rule) => [rule]),
  OLD_RUST,
  MISSING_HEADER,
  CYTHON,
  [...BACK_END.slice(0, -1), ...COMPILER],
  MISSING,
  BACK_END.slice(-1),
  NEEDS_NETWORK,
];

const ERROR_LINE = /^[ \t]*((?:[\w.]*(?:Error|Exception)|error|ERROR|CRITICAL)(?:\[\w+\])?: [^\n]+)$/gm;
const COMPILE_ERROR = /(?:^|\n)[ \t]{0,100}([^\s:]{1,500}:\d{1,7}:\d{1,7}: (?:fatal )?error: [^\n]+)/g;
/** Lines that only say that a step failed, after the line that says why. */
const HOLLOW =
  /metadata-generation-failed|subprocess-exited-with-error|Failed building wheel|Failed to build|CalledProcessError|error: Command '\[|exit(?:ed with| status| code)|SystemExit/;

const MAX_CULPRIT_CHARS = 100;
/** Rules look at a line from each of its characters on: a build may print one without end. */
const LONG_LINE = /([^\n]{2000})[^\n]+/g;

const FIRST_SIGNAL_CODE = 128;
const SIGNALS: Record<number, string> = { 4: 'SIGILL', 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };

/**
 * Why a build failed, from its exit code and the end of its log. Log text is the build's own claim: it can only harm
 * itself with a wrong one. The message is one sentence that names the culprit.
 *
 * @param place what the build ran in, for sentences about what is missing there
 */
export function diagnose(tail: string, exitCode: number, place = 'the build image'): Diagnosis {
  const [log, near] = [tail, tail.slice(-TAIL_BYTES)].map((text) => text.replace(LONG_LINE, '$1')) as [string, string];
  const signal = /\(signal: \d+ \((SIG[A-Z]+)\)\)/.exec(near)?.[1];
  // What is further up may have been overcome, so it counts only where the end of the log says nothing.
  const told = saidIn(near, place) ?? (compileError(near) === undefined ? saidIn(log, place) : undefined);
  if (told) return told;
  // The first error of a compiler makes the others, and much is printed between.
  const refused = compileError(log);
  if (refused !== undefined) return failedWith(refused);
  const message = `The package's own build ${signal ? `was ended by the signal ${signal}` : ending(exitCode)}.`;
  return { reason: 'build-error', message };
}

function saidIn(log: string, place: string): Diagnosis | undefined {
  for (const rank of RANKS) {
    const found = lastOf(rank, log);
    if (found) return diagnosisOf(found, place);
  }
  const said = [...log.matchAll(ERROR_LINE)].map(([, line = '']) => line.trim()).filter((line) => !HOLLOW.test(line));
  const last = said.at(-1);
  return last === undefined ? undefined : failedWith(last);
}

/** The first line in which a compiler refuses something, unless it was asked only to see whether it does. */
function compileError(log: string): string | undefined {
  return [...log.matchAll(COMPILE_ERROR)].map(([, line = '']) => line).find((line) => !PROBE.test(line));
}

const failedWith = (line: string): Diagnosis => ({
  reason: 'build-error',
  message: `The package's own build failed: ${quoted(line)}.`,
});

function diagnosisOf({ rule, culprit, groups }: Found, place: string): Diagnosis {
  const { reason, message, hint, missing, constraint, dated } = rule;
  const name = culprit.slice(0, MAX_CULPRIT_CHARS);
  return {
    reason,
    message: message(quoted(culprit), place, groups),
    ...(hint !== undefined && { hint }),
    ...(missing && { remedy: { missing: { kind: missing, name } } }),
    ...(constraint !== undefined && { remedy: { constraint, ...(dated && { dated }) } }),
  };
}

function ending(exitCode: number): string {
  const signal = SIGNALS[exitCode - FIRST_SIGNAL_CODE];
  return signal === undefined ? `ended with exit code ${exitCode}` : `was ended by the signal ${signal}`;
}
