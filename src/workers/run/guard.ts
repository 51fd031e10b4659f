import type { FailureReason } from '../../errors.ts';
import type { Limits, LogSink } from '../builder.ts';
import { printable } from '../printable.ts';

/** Reasons for which we end a run ourselves. */
export type Trip = Extract<
  FailureReason,
  'timed-out' | 'silent' | 'log-too-large' | 'cancelled' | 'out-of-memory' | 'out-of-disk' | 'too-many-processes'
>;

/** The end of the log that goes into a failure. */
export const TAIL_BYTES = 16 * 1024;
/** The end of the log that is looked through for a reason: a compiler may print as much of warnings after its one error. */
export const DIAGNOSED_BYTES = 128 * 1024;

export type Guard = {
  /** Passes output on to the log, up to the cap, and counts it as a sign of life. */
  take(data: Buffer): Promise<void>;
  /** A sign of life that is no output: bytes moved. */
  alive(): void;
  /** A line of ours in the log. */
  note(sentence: string): Promise<void>;
  /** Ends the run for a limit that somebody else watches. */
  exceed(why: Trip): void;
  /** Why the run was ended by us; the first reason stands. */
  readonly trip: Trip | undefined;
  /** What the log sink threw; the run was ended for it. */
  readonly logError: unknown;
  /** The end of the log, at most DIAGNOSED_BYTES of it, as printable text; what is not UTF-8 is replaced. */
  tail(bytes?: number): string;
  /** Stops the clocks; call it in every case. */
  stop(): void;
};

/**
 * Watches a run: wall clock, silence, size of the log, the abort signal. `end` is called once, when one of them says
 * that the run is over.
 */
export function createGuard(
  limits: Pick<Limits, 'wallTime' | 'silence' | 'logBytes'>,
  { log, signal, end }: { log: LogSink; signal: AbortSignal; end: () => void },
): Guard {
  let trip: Trip | undefined;
  let logError: unknown;
  let logged = 0;
  const chunks: Buffer[] = [];
  let held = 0;
  let over = false;

  function finish(why?: Trip): void {
    if (over) return;
    over = true;
    trip = why;
    end();
  }
  const wall = setTimeout(() => finish('timed-out'), limits.wallTime);
  const silence = setTimeout(() => finish('silent'), limits.silence);
  const onAbort = () => finish('cancelled');
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  // A log that takes its time is no silence of the build, hence also after a write.
  const alive = () => {
    if (!over) silence.refresh();
  };

  async function take(data: Buffer): Promise<void> {
    const kept = data.subarray(0, Math.max(0, limits.logBytes - logged));
    logged += data.length;
    if (kept.length > 0) {
      // A copy, as small pieces would keep large buffers in memory.
      chunks.push(Buffer.from(kept.subarray(-DIAGNOSED_BYTES)));
      held += chunks.at(-1)?.length ?? 0;
      while (held - (chunks[0]?.length ?? 0) >= DIAGNOSED_BYTES) held -= chunks.shift()?.length ?? 0;
      try {
        await log.write(kept);
      } catch (error) {
        logError ??= error;
        finish();
      }
    }
    if (logged > limits.logBytes) finish('log-too-large');
    alive();
  }

  return {
    alive,
    take,
    exceed: finish,
    note: async (sentence) => {
      if (!over) await take(Buffer.from(`wheelmill: ${sentence}\n`));
    },
    get trip() {
      return trip;
    },
    get logError() {
      return logError;
    },
    tail: (bytes = TAIL_BYTES) => {
      const end = Buffer.concat(chunks).subarray(-bytes);
      return printable(end.toString('utf8').replace(/^\ufffd+/, ''));
    },
    stop: () => {
      over = true;
      clearTimeout(wall);
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
