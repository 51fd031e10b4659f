import type { FailureReason } from '../../errors.ts';

/**
 * The queue: work in flight, nothing durable. What is lost with it, upkeep puts back from the bucket's `open/`.
 *
 * Lanes: `prebuilds` (plan, enqueue, mirror), `settles` (write a prebuild's final record), `pages` (render a project's
 * page), `builds.<target name>` (one lane a target; workers take only those their engine can run).
 */
export type Lane = 'prebuilds' | 'settles' | 'pages' | `builds.${string}`;

/** One piece of work. `id` makes equal work one job; it holds no `:`. `data` is checked by the handler. */
export type Work = {
  lane: Lane;
  id: string;
  data: Record<string, unknown>;
  /** Lower runs first; 0 is the default. */
  priority?: number;
  /**
   * `once` (default): added only while no job of this id waits or runs. `latest`: added also while one runs, so that it
   * runs once more afterwards (pages, settles); several additions meanwhile are one.
   */
  mode?: 'once' | 'latest';
};

/** What a handler gets beside the data. */
export type WorkContext = {
  id: string;
  /** Counted from 1; grows when the job is tried again after an error or the loss of its worker. */
  attempt: number;
  /** True when another attempt follows if this one throws. */
  willRetry: boolean;
  /** Aborted when the worker closes for good or the job was cancelled through `cancel`. */
  signal: AbortSignal;
  /** Appends to the live log of this job; kept only while it runs (bounded). */
  log(text: string): Promise<void>;
  /** Tells everyone who watches: sent to `watch` listeners in every process. */
  notify(change: Change): Promise<void>;
};

/** Something changed; listeners read the records to learn what. `kind` names the folder of the bucket. */
export type Change = { kind: 'builds' | 'prebuilds' | 'projects'; id: string; state?: string; reason?: FailureReason };

/** Throw it to say that a retry can help: the job is tried again with backoff, up to the lane's attempts. */
export class RetryLater extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'RetryLater';
  }
}

/** Runs one job. Any error but RetryLater ends the job: handlers write their own failures to the bucket first. */
export type Handler = (data: Record<string, unknown>, context: WorkContext) => Promise<void>;

export type LaneCounts = { lane: string; waiting: number; running: number; delayed: number };

/**
 * Every method but `serve` fails within a few seconds with WheelmillError `queue-unavailable` when the queue is away (the
 * API must be able to say so); a serving worker waits and reconnects for ever.
 */
export interface WorkQueue {
  readonly kind: 'embedded' | 'redis';
  /** Adds work; adding equal work (lane and id) that still waits or runs changes nothing. */
  add(work: Work): Promise<void>;
  /** Whether a job of this id waits or runs. */
  has(lane: Lane, id: string): Promise<boolean>;
  /** Drops a waiting job and aborts a running one (wherever it runs); false when there was none. */
  cancel(lane: Lane, id: string): Promise<boolean>;
  /** The live log of a running job from line `start`, as the chunks that were logged. */
  log(lane: Lane, id: string, start?: number): Promise<{ chunks: string[]; next: number }>;
  counts(lanes: readonly Lane[]): Promise<LaneCounts[]>;
  /** Sends a change to every listener in every process. */
  notify(change: Change): Promise<void>;
  /** Calls the listener on every change, until the returned function is called. */
  watch(listener: (change: Change) => void): () => void;
  /** Takes jobs of a lane, `concurrency` at a time, until the returned function is called; that waits for running jobs. */
  serve(lane: Lane, concurrency: number, handler: Handler): Promise<() => Promise<void>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
