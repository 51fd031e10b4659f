import { BuildFailure } from '../../errors.ts';
import type { Limits } from '../builder.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { TAIL_BYTES, type Trip } from './guard.ts';

/** What kernel and engine say about a run's limits. */
export type Evidence = {
  oomKills: number;
  pidsRefused: number;
  diskFull: boolean;
  tmpFull: boolean;
  pidsAtLimit: boolean;
  containerGone: boolean;
};

/** All that is known when a run did not end well. */
export type Ending = {
  /** What was done, as the subject of a sentence: `The build`. */
  what: string;
  trip: Trip | undefined;
  exitCode: number | undefined;
  evidence: Evidence;
  /** The end of the log, as much of it as is looked through. */
  tail: string;
  limits: Limits;
  /** What the log of this kind of run says; that of a build when left out. */
  diagnosis?: ((tail: string, exitCode: number) => Diagnosis) | undefined;
  /** It ran as a process of the machine: nothing but the trip is known of its limits, and its disk is everybody's. */
  unsandboxed?: boolean;
};

const DISK_FULL = /No space left on device|Errno 28\b|ENOSPC|os error 28\b/;

/**
 * Why a run failed. Our own decisions come first, then what the kernel counted, then what the log says; an exit code
 * of 137 alone proves nothing, since a process may be killed by the build itself. The kernel's counters say that a
 * limit was met, not that nothing else was wrong; the disk may be empty again by the time it is looked at, so there
 * the log is believed too.
 */
export function verdict(ending: Ending): BuildFailure {
  const { what, trip, exitCode, evidence, tail, limits, unsandboxed = false } = ending;
  const { diagnosis = diagnose } = ending;
  const logTail = tail.slice(-TAIL_BYTES);
  const fail = (reason: BuildFailure['reason'], message: string) => new BuildFailure(reason, message, { logTail });
  if (trip === 'cancelled') return fail('cancelled', `${what} was cancelled.`);
  const pids = fail('too-many-processes', `${what} wanted more than the ${limits.pids} processes it may have at once.`);
  // A fork bomb neither ends nor prints, so the clock finds it first.
  if (evidence.pidsAtLimit && (trip === 'timed-out' || trip === 'silent')) return pids;
  if (trip === 'timed-out') return fail('timed-out', `${what} took longer than ${duration(limits.wallTime)}.`);
  if (trip === 'silent') return fail('silent', `${what} printed nothing for ${duration(limits.silence)}.`);
  if (trip === 'log-too-large') return fail('log-too-large', `${what} printed more than ${bytes(limits.logBytes)}.`);
  if (trip === 'out-of-memory' || evidence.oomKills > 0) {
    const included = unsandboxed ? '' : ', which its work folder is part of';
    return fail('out-of-memory', `${what} needed more than ${bytes(limits.memory)} of memory${included}.`);
  }
  if (trip === 'too-many-processes' || evidence.pidsRefused > 0) return pids;
  const full = fail(
    'out-of-disk',
    `${what} filled its work folder, which holds ${bytes(limits.disk)} or ${limits.inodes} files.`,
  );
  if (trip === 'out-of-disk' || evidence.diskFull) return full;
  if (!evidence.tmpFull && DISK_FULL.test(logTail)) {
    return unsandboxed ? fail('out-of-disk', `${what} met a full disk: free some space in WHEELMILL_DATA_DIR.`) : full;
  }
  if (evidence.tmpFull) return fail('out-of-disk', `${what} filled /tmp, which is small; files belong in $TMPDIR.`);
  if (evidence.containerGone || exitCode === undefined) {
    return fail('worker-lost', `The container or its engine went away before ${what.toLowerCase()} ended.`);
  }
  const { reason, message, hint, remedy } = diagnosis(tail, exitCode);
  return new BuildFailure(reason, message, { logTail, hint, remedy });
}

function bytes(count: number): string {
  if (count >= 2 ** 30) return `${+(count / 2 ** 30).toFixed(1)} GiB`;
  if (count >= 2 ** 20) return `${+(count / 2 ** 20).toFixed(1)} MiB`;
  return `${Math.ceil(count / 1024)} KiB`;
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${+seconds.toFixed(1)} seconds`;
}
