import { quoted } from '../../core/faults.ts';
import type { FailureReason } from '../../errors.ts';

export type Diagnosis = {
  reason: FailureReason;
  message: string;
  /** What the message is about, as the build called it: its own text, up to a length. */
  culprit?: string;
};

/** `message` gets the first group that matched, quoted: it is the build's own text; and what the build ran in. */
type Rule = { reason: FailureReason; pattern: RegExp; message: (culprit: string, place: string) => string };

const wants = (what: string) => (culprit: string, place: string) => `${what} ${culprit}, which ${place} does not have.`;
const oldPython = (culprit: string) => `The package does not support this Python: ${culprit}.`;
const gone = (culprit: string) =>
  `The package does not support this Python: it uses ${culprit}, which is gone from it.`;

/**
 * What a log says, by rank: the index first, since all else follows from it; then what makes every repair pointless;
 * then what is missing; downloads last, since many builds try one only after they missed a tool.
 */
const RULES: Rule[] = [
  {
    reason: 'upstream-unavailable',
    pattern:
      /(?:Failed to (?:fetch|download)[^\n]*127\.0\.0\.1:\d+[^\n]*\n[\s\S]*?|HTTP error )\b(50[0234] ?[A-Z]?[a-z]*)/,
    message: (status) => `The index behind the build answered ${status}.`,
  },
  {
    reason: 'resolve-failed',
    pattern: /No solution found when resolving[^\n]*\n\s*(?:cause: )?([^\n]+)/,
    message: (what) => `The build requirements cannot be had together: ${what}.`,
  },
  {
    reason: 'resolve-failed',
    pattern: /No matching distribution found for ([^\n]+)/,
    message: (what) => `The build requirement ${what} cannot be had.`,
  },
  {
    reason: 'bad-wheel',
    pattern: /The built wheel has an invalid filename\s+cause: ([^\n]+)/,
    message: (why) => `The build left something that is no wheel: ${why}.`,
  },
  {
    reason: 'bad-wheel',
    pattern: /`(?:[\w.]+\.)?(build_wheel)` failed \(exit status: 0\)/,
    message: () => 'The build ended without an error but left no wheel.',
  },
  ...[
    /requires a different Python: ([^\n]+)/,
    /which is incompatible with the project's Python requirement: ([^\n]+)/,
    /(Cannot install on Python version [^\n]+)/,
    /(the configured Python interpreter version [^\n]+ is newer than PyO3's maximum supported version[^\n]*)/,
    /(Python(?: version)? [><=]+ ?\d[^\n]* (?:is )?required)/,
  ].map((pattern) => ({ reason: 'python-incompatible' as const, pattern, message: oldPython })),
  ...[
    /No module named '?((?:distutils|imp|asyncore|cgi|pipes|telnetlib)\b)/,
    /module 'pkgutil' has no attribute '(ImpImporter)'/,
    /module 'configparser' has no attribute '(SafeConfigParser)'/,
    /fatal error: '?(longintrepr\.h|code\.h)/,
    /(_PyUnicode_FastCopyCharacters|_PyGC_FINALIZED|PyUnicode_GET_SIZE|PyEval_CallObject|tp_print)[’'`]/,
    /too few arguments to function [‘'`](_PyLong_AsByteArray)/,
  ].map((pattern) => ({ reason: 'python-incompatible' as const, pattern, message: gone })),
  ...[/fatal error: ([^\s:']+\.\w+): No such file/, /fatal error: '([^'\n]+)' file not found/].map((pattern) => ({
    reason: 'missing-header' as const,
    pattern,
    message: wants('The build needs the header'),
  })),
  ...[
    /cannot find -l([\w+.-]+)/,
    /Can't find a local (Oracle Berkeley DB) installation/,
    /No package '([^'\n]+)' found/,
    /Package '?([^\s',]+)'?(?:, required by '[^'\n]*',| was) not found/,
    /Could NOT find (\w+)/,
    /Dependency "?([\w+.-]+)"? not found/,
    /make sure the (libxml2) and libxslt development packages are installed/,
    /The headers or library files could not be found for (\w+)/,
    /Can not find valid pkg-config name[\s\S]*?(MYSQLCLIENT_CFLAGS|mysqlclient)/,
  ].map((pattern) => ({ reason: 'missing-header' as const, pattern, message: wants('The build needs the library') })),
  ...[
    /(?:^|\n|: )([\w+.-]+): command not found/,
    /sh: (?:line )?\d+: ([\w+./-]+): not found/,
    /\n[^\n]*make(?:\[\d\])?: ([\w+.-]+): No such file or directory/,
    /error: command '([^'\n]+)' failed: No such file/,
    /unable to execute '([^'\n]+)': No such file/,
    /FileNotFoundError: \[Errno 2\] No such file or directory: '([\w+.-]+)'/,
    /linker `([^`\n]+)` not found/,
    /Error: (pg_config|mysql_config) executable not found/,
    /(mysql_config|pg_config|pkg-config|cmake|ninja|gfortran|swig)(?:: | is | was )?not found/i,
    /(Rust compiler|rustc|Cargo)\b[^\n]*(?:not installed|can't find|not found)/,
    /can't find (Rust compiler)/,
    /(CMake) must be installed/i,
    /CMake executable is (\w+)/,
    /Unknown compiler\(s\): \[\['([^']+)'/,
    /Failed to find a supported (Fortran compiler)/i,
  ].map((pattern) => ({ reason: 'missing-tool' as const, pattern, message: wants('The build needs the program') })),
  ...[
    /Could not resolve host: ([\w.-]+)/,
    /unable to resolve host address [‘'"]([\w.-]+)/,
    /Could not resolve '([\w.-]+)'/,
    /host='([\w.-]+)'[^\n]*(?:NameResolutionError|Max retries exceeded)/,
    /failed to download from `?https?:\/\/([\w.-]+)/,
    /(?:EAI_AGAIN|ENOTFOUND) ([\w.-]+)/,
    /(Temporary failure in name resolution|Name or service not known|Network is unreachable)/,
    /(failed to lookup address information|dns error)/,
  ].map((pattern) => ({
    reason: 'needs-network' as const,
    pattern,
    message: (host: string) => `The build tried to reach something other than the package index: ${host}.`,
  })),
];

const ERROR_LINE = /^[ \t]*((?:[\w.]*(?:Error|Exception)|error|ERROR)(?:\[\w+\])?: [^\n]+)$/gm;
/** Lines that only say that a step failed, after the line that says why. */
const HOLLOW =
  /metadata-generation-failed|subprocess-exited-with-error|Failed building wheel|Failed to build|CalledProcessError|exit(?:ed with| status| code)|SystemExit/;

const MAX_CULPRIT_CHARS = 100;

const FIRST_SIGNAL_CODE = 128;
const SIGNALS: Record<number, string> = { 4: 'SIGILL', 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };

/**
 * Why a build failed, from its exit code and the end of its log. Log text is the build's own claim: it can only harm
 * itself with a wrong one. The message is one sentence that names the culprit.
 *
 * @param place what the build ran in, for sentences about what is missing there
 */
export function diagnose(tail: string, exitCode: number, place = 'the build image'): Diagnosis {
  for (const { reason, pattern, message } of RULES) {
    const culprit = pattern.exec(tail)?.slice(1).find(Boolean);
    if (culprit !== undefined) {
      return {
        reason,
        message: message(quoted(culprit.trim()), place),
        culprit: culprit.trim().slice(0, MAX_CULPRIT_CHARS),
      };
    }
  }
  const said = [...tail.matchAll(ERROR_LINE)].map(([, line = '']) => line.trim()).filter((line) => !HOLLOW.test(line));
  const last = said.at(-1);
  if (last !== undefined) return { reason: 'build-error', message: `The package's own build failed: ${quoted(last)}.` };
  const signal = /\(signal: \d+ \((SIG[A-Z]+)\)\)/.exec(tail)?.[1];
  return {
    reason: 'build-error',
    message: `The package's own build ${signal ? `was ended by the signal ${signal}` : ending(exitCode)}.`,
  };
}

function ending(exitCode: number): string {
  const signal = SIGNALS[exitCode - FIRST_SIGNAL_CODE];
  return signal === undefined ? `ended with exit code ${exitCode}` : `was ended by the signal ${signal}`;
}
