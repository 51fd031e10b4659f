/** Numbers of the queue; the defaults are for production, tests shorten them. Times are in milliseconds. */
export type QueueOptions = {
  /** Tries of a job that throws RetryLater. */
  attempts: number;
  /** Wait before the second try; doubles with each further one, up to `maxBackoff`. */
  backoff: number;
  maxBackoff: number;
  /** A worker that is not heard of for this long has lost its jobs. */
  lockDuration: number;
  /** How often workers look for lost jobs; one is found at the second look after its lock ran out. */
  stalledInterval: number;
  /**
   * Lost workers that a job outlives: a build must survive several dead ones. After more it is dropped without asking
   * the handler; one that wants to leave a record of such a job gives up at an `attempt` of its own choice before.
   */
  maxLost: number;
  /** Chunks of a live log that are kept: at some kilobytes each it is tens of megabytes in Redis. */
  logChunks: number;
  /** After this long without an answer a call fails with `queue-unavailable`. */
  answerWithin: number;
  /** How long closing waits for aborted handlers. */
  closeWithin: number;
  /**
   * Told of faults nobody else hears of: a lost connection, a job that ended with an unexpected error; `about` has the lane of
   * such a job, and its build or prebuild by the names that the log has for them.
   */
  report: (message: string, error: unknown, about?: Record<string, unknown>) => void;
};

export const QUEUE_DEFAULTS: QueueOptions = {
  attempts: 5,
  backoff: 2_000,
  maxBackoff: 60_000,
  lockDuration: 15_000,
  stalledInterval: 5_000,
  maxLost: 20,
  logChunks: 10_000,
  answerWithin: 3_000,
  closeWithin: 8_000,
  report: () => {},
};
