import type { FailureReason } from '../../errors.ts';

/**
 * The queue: work in flight, nothing durable. What is lost with it, upkeep puts back from the bucket's `open/`.
 *
 * Lanes: `prebuilds.<target name>` (plan, enqueue, mirror), `builds.<target name>`, `proofs.<target name>` (what was built is
 * loaded in the runtime image), `dryruns.<target name>` and `metadata.<target name>` (one of each a target; workers take only those their engine can run), `settles` (write a prebuild's final record), `pages` (render a project's page),
 * `reindexes` (go through all projects).
 */
export type Lane =
  | 'settles'
  | 'pages'
  | 'reindexes'
  | `prebuilds.${string}`
  | `builds.${string}`
  | `proofs.${string}`
  | `dryruns.${string}`
  | `metadata.${string}`;

/**
 * One piece of work. `id` makes equal work one job; any text. An id is used with one mode only. `data` is JSON, checked
 * by the handler.
 */
export type Work = {
  lane: Lane;
  id: string;
  data: Record<string, unknown>;
  /** 0 (the default, runs first) to 2,097,151. */
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
  /** Aborted when the queue closes or the job was cancelled through `cancel`; its reason is a `JobAborted`. */
  signal: AbortSignal;
  /** Appends to the live log of this job; kept only while it runs (the newest chunks). Never fails. */
  log(text: string): Promise<void>;
  /** Tells everyone who watches: sent to `watch` listeners in every process. Never fails: a change is only a hint. */
  notify(change: Change): Promise<void>;
  /** Answers whoever asked (`ask`) with JSON; of several answers the first is heard. Never fails: nobody may be there. */
  answer(answer: unknown): Promise<void>;
};

/**
 * Why a running job was told to stop. `cancelled`: it ends, whatever the handler does. `closing`: this process goes
 * away; a handler that throws then has its job run again, by another worker or after the restart.
 */
export class JobAborted extends Error {
  readonly why: 'cancelled' | 'closing';

  constructor(why: 'cancelled' | 'closing') {
    super(why === 'cancelled' ? 'The job was cancelled.' : 'The worker shuts down.');
    this.name = 'JobAborted';
    this.why = why;
  }
}

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

/**
 * What came of asking: the answer, or why there is none. `not-begun`: no worker took the job up in time; `late`: none
 * answered in time; `ended`: the handler ended without an answer.
 */
export type Answer = { answer: unknown } | { unanswered: 'not-begun' | 'late' | 'ended' };

export type StopServing = (options?: { abort?: boolean }) => Promise<void>;

export type LaneCounts = { lane: string; waiting: number; running: number; delayed: number };

/**
 * Every method but `serve` (and `ask`, while it waits) fails within a few seconds with WheelmillError `queue-unavailable` when the queue is away (the
 * API must be able to say so); a serving worker waits and reconnects for ever.
 */
export interface WorkQueue {
  readonly kind: 'embedded' | 'redis';
  /** Adds work; adding equal work (lane and id) that still waits or runs changes nothing. */
  add(work: Work): Promise<void>;
  /**
   * Adds a job of its own and waits for what its handler answers, so long (milliseconds) at most. One that is not answered
   * is cancelled, and so is one whose asker's signal fires; then this throws the signal's reason.
   */
  ask(
    lane: Lane,
    data: Record<string, unknown>,
    patience: { beginWithin: number; answerWithin: number; signal?: AbortSignal },
  ): Promise<Answer>;
  /**
   * Moves work that waits forward to its priority, with its data; where it waits at that priority or an earlier one already,
   * or does not wait, nothing changes.
   */
  raise(work: Work): Promise<void>;
  /** What waits or runs in a lane, in no certain order; `limit` of each at most. */
  works(lane: Lane, limit?: number): Promise<{ id: string; data: Record<string, unknown>; isRunning: boolean }[]>;
  /** What runs in a lane, in no certain order; `limit` at most. */
  running(lane: Lane, limit: number): Promise<{ id: string; data: Record<string, unknown> }[]>;
  /** Whether a job of this id waits or runs. */
  has(lane: Lane, id: string): Promise<boolean>;
  /**
   * Drops a waiting job, or tells a running one to stop, wherever it runs; gives what it met. A worker that is just dying may
   * not hear it: what must stay cancelled is also marked in the bucket.
   */
  cancel(lane: Lane, id: string): Promise<'none' | 'dropped' | 'running'>;
  /**
   * The live log of a running job from chunk `start` (0), as the chunks that were logged; `next` is the start of the
   * next call, which may have more at once. Empty when the job is gone; chunks too old to be kept are left out.
   */
  log(lane: Lane, id: string, start?: number): Promise<{ chunks: string[]; next: number }>;
  counts(lanes: readonly Lane[]): Promise<LaneCounts[]>;
  /** Sends a change to every listener in every process. */
  notify(change: Change): Promise<void>;
  /** Calls the listener on every change, until the returned function is called. */
  watch(listener: (change: Change) => void): () => void;
  /** Since when (`performance.now()`) `watch` has missed nothing; Infinity while changes may be missed. */
  watchesSince(): number;
  /**
   * Takes jobs of a lane, `concurrency` at a time, until the returned function is called; that waits for running jobs, or
   * with `abort` aborts them, gives them back and waits a few seconds at most. Does not wait for the queue to be there.
   */
  serve(lane: Lane, concurrency: number, handler: Handler): Promise<StopServing>;
  ping(): Promise<void>;
  /** Aborts what runs here (reason `closing`), puts unfinished jobs back, and lets go; takes some seconds at most. */
  close(): Promise<void>;
}
