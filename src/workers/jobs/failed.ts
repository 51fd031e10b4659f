import type { BuildRecord } from '../../core/records/build.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { isDiskFull } from '../../storage/file-errors.ts';
import { JobAborted, RetryLater, type WorkContext } from '../queue/queue.ts';

/** A build whose worker died this often is given up: it probably kills its workers. */
const MAX_ATTEMPTS = 12;

/** Throws BuildFailure `worker-lost` for a job that has cost too many workers. */
export function giveUpLost({ attempt }: Pick<WorkContext, 'attempt'>): void {
  if (attempt > MAX_ATTEMPTS)
    throw new BuildFailure('worker-lost', `${attempt - 1} workers were lost while they built this.`);
}

/**
 * What a record says of the error that ended a run. A failure that a retry may mend is thrown as RetryLater as long as the
 * queue allows. So is an error that should not be: after the last try it is the reason, as upkeep would put the job back for
 * ever otherwise. A queue that is away is thrown as it is: upkeep puts the job back when it is there again.
 *
 * @param logSoFar the end of the log, for failures that do not have it.
 */
export function failed(
  error: unknown,
  context: Pick<WorkContext, 'signal' | 'willRetry'>,
  logSoFar: string,
): Pick<BuildRecord, 'message' | 'hint' | 'logTail'> & { reason: BuildFailure['reason'] } {
  const stopped = context.signal.reason;
  if (stopped instanceof JobAborted && stopped.why === 'closing')
    throw new RetryLater('The worker is being stopped.', { cause: error });
  if (isAway(error)) throw error;
  // What a step makes of being stopped differs; why it was is known.
  const failure = stopped === undefined ? asFailure(error) : new BuildFailure('cancelled', 'It was cancelled.');
  const { reason, message, hint } = failure;
  if (failure.retry && reason !== 'cancelled' && context.willRetry) throw new RetryLater(message, { cause: error });
  const logTail = reason === 'internal' ? [logSoFar, failure.logTail].join('\n').trim() : (failure.logTail ?? logSoFar);
  return { reason, message, ...(hint !== undefined && { hint }), ...(logTail && { logTail }) };
}

function asFailure(error: unknown): BuildFailure {
  if (error instanceof BuildFailure) return error;
  if (error instanceof WheelmillError && error.code.startsWith('store-') && !isUnexpected(error))
    return new BuildFailure('store-failed', error.message, { cause: error });
  // Files on their way: what comes out of the container, and the wheel with its tag.
  if (isDiskFull(error))
    return new BuildFailure('store-failed', "The worker's disk is full. Free some space in WHEELMILL_DATA_DIR.", {
      cause: error,
    });
  if (error instanceof WheelmillError && error.code === 'engine-unavailable')
    return new BuildFailure('worker-lost', error.message, { cause: error });
  return unexpected(error);
}

/** Nor is a record of ours to be written where a newer version has one: that one's workers take the job up. */
function isAway(error: unknown): boolean {
  return error instanceof WheelmillError && (error.code === 'queue-unavailable' || error.code === 'store-newer');
}

/** Whether nothing in the code foresees an error: neither a failure of the work nor a service that is away. */
export function isUnexpected(error: unknown): boolean {
  if (error instanceof BuildFailure || error instanceof RetryLater) return false;
  return !(error instanceof WheelmillError && error.status > 500);
}

/** The failure that such an error is taken for. Its stack is in the worker's log. */
export function unexpected(error: unknown): BuildFailure {
  const message = `Wheelmill itself failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500);
  return new BuildFailure('internal', message, { cause: error, logTail: `wheelmill: ${message}` });
}
