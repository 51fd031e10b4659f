import { type BackendFactory, type IQueueBackend, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { ASKED, type Reply } from './ask.ts';
import type { Bus } from './bus.ts';
import { withDeadline } from './deadline.ts';
import { type LogRows, openLiveLog } from './live-log.ts';
import { type Handler, JobAborted, type Lane, RetryLater, type WorkContext } from './queue.ts';
import type { QueueOptions } from './queue-options.ts';

/** A job of ours in BullMQ: the id of the work is the job's name, as the job's own id is not always ours to choose. */
export type WorkJob = Job<Record<string, unknown>, void, string>;

/** Who is told to stop: the message on the bus's `cancels`. */
export type CancelMessage = { lane: Lane; id: string };

export type LaneParts<C> = {
  lane: Lane;
  queueName: string;
  concurrency: number;
  handler: Handler;
  /** Waits for a lost connection instead of failing. */
  connection: C;
  factory: BackendFactory<IQueueBackend, C>;
  prefix: string;
  /** Longest sleep of an idle worker that was not woken, in seconds. */
  drainDelay: number;
  rows: LogRows;
  bus: Bus;
  options: QueueOptions;
  /** For what goes wrong with the queue itself, not with a job. */
  reportTrouble: QueueOptions['report'];
};

export interface LaneWorker {
  /** Takes no further job and waits for those that run. */
  stop(): Promise<void>;
  /** The same, but aborts those that run and waits for `closeWithin` at most. May come while a `stop` waits. */
  shut(): Promise<void>;
}

/** A cancel that came before its job's first step here is remembered for this long. */
const CANCEL_MEMORY_MS = 60_000;

/** What the messages of `works.ts` speak of. */
function namesIn({ key, verify, id, attempt }: Record<string, unknown>): Record<string, unknown> {
  const build = key ?? verify;
  return { ...(build !== undefined && { build }), ...(id !== undefined && { prebuild: id, attempt }) };
}

/** Starts to take the jobs of one lane. */
export function startLaneWorker<C>(parts: LaneParts<C>): LaneWorker {
  const { lane, handler, bus, options } = parts;
  const running = new Map<string, Set<AbortController>>();
  const cancelled = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();

  /**
   * A queue that was wiped, or that took this worker for dead, may give it a job again that still runs here. Then that run
   * goes on, and the handler sees afterwards what it has left.
   */
  const inTurn = async (id: string, run: () => Promise<void>): Promise<void> => {
    const before = turns.get(id) ?? Promise.resolve();
    const turn = before.then(run);
    const over = turn.catch(() => {});
    turns.set(id, over);
    try {
      await turn;
    } finally {
      if (turns.get(id) === over) turns.delete(id);
    }
  };

  const runJob = async (job: WorkJob, token?: string): Promise<void> => {
    const id = job.name;
    const abort = new AbortController();
    const mates = running.get(id) ?? new Set();
    running.set(id, mates.add(abort));
    // A cancel is of this run if it came after the job was taken, which was a moment ago.
    const takenAgo = Math.min(CANCEL_MEMORY_MS, Math.max(0, Date.now() - (job.processedOn ?? 0)));
    const cancelledAt = cancelled.get(id);
    if (cancelledAt !== undefined && cancelledAt >= performance.now() - takenAgo)
      abort.abort(new JobAborted('cancelled'));
    const { [ASKED]: asked, ...data } = job.data;
    const reply = async (what: { what: 'begun' | 'ended' } | { what: 'answer'; answer: unknown }) => {
      if (asked) await bus.publish('replies', { lane, id, ...what } satisfies Reply).catch(() => {});
    };
    const context: WorkContext = {
      id,
      // Not `attemptsMade`, which leaves out the tries that were lost with their worker.
      attempt: job.attemptsStarted,
      willRetry: job.attemptsMade + 1 < (job.opts.attempts ?? 1),
      signal: abort.signal,
      log: openLiveLog(parts.rows, job.id!, options.logChunks),
      notify: (change) => bus.publish('changes', change).catch(() => {}),
      answer: (answer) => reply({ what: 'answer', answer }),
    };
    await reply({ what: 'begun' });
    try {
      await inTurn(id, () => handler(data, context));
      await reply({ what: 'ended' });
    } catch (error) {
      const why = abort.signal.aborted ? (abort.signal.reason as JobAborted).why : undefined;
      if (why === 'closing') {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const isRetry = error instanceof RetryLater;
      if (why === undefined)
        options.report(`A job of ${lane} (${id}) ${isRetry ? 'is tried again' : 'ended with an error'}`, error, {
          lane,
          ...namesIn(data),
        });
      if (why === undefined && isRetry) throw error;
      await reply({ what: 'ended' });
      throw new UnrecoverableError(error instanceof Error ? error.message : String(error));
    } finally {
      mates.delete(abort);
      if (mates.size === 0) running.delete(id);
    }
  };

  const unlisten = bus.listen('cancels', (message) => {
    const { lane: where, id } = message as CancelMessage;
    if (where !== lane) return;
    const now = performance.now();
    for (const [old, at] of cancelled) if (at < now - CANCEL_MEMORY_MS) cancelled.delete(old);
    cancelled.set(id, now);
    for (const abort of running.get(id) ?? []) abort.abort(new JobAborted('cancelled'));
  });

  const worker = new Worker(
    parts.queueName,
    runJob,
    {
      connection: parts.connection,
      prefix: parts.prefix,
      concurrency: parts.concurrency,
      drainDelay: parts.drainDelay,
      lockDuration: options.lockDuration,
      stalledInterval: options.stalledInterval,
      maxStalledCount: options.maxLost,
      // BullMQ's 15 s would leave a worker idle that long after its queue came back.
      runRetryDelay: 1_000,
      settings: {
        backoffStrategy: (tries) => Math.min(options.maxBackoff, options.backoff * 2 ** (tries - 1)),
      },
    },
    parts.factory,
  );
  worker.on('error', (error) => parts.reportTrouble(`The worker of ${lane}`, error));
  // Pausing is what waits; BullMQ's own close would go on renewing locks while a handler does not end. A second pause waits for nothing.
  let pausing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const end = async (wait: (pausing: Promise<void>) => Promise<void>) => {
    pausing ??= worker.pause();
    await wait(pausing).catch((error) => options.report(`Stopping the worker of ${lane}`, error));
    closing ??= worker.close(true);
    await closing;
    unlisten();
  };
  return {
    stop: () => end((pausing) => pausing),
    shut() {
      for (const mates of running.values()) for (const abort of mates) abort.abort(new JobAborted('closing'));
      return end((pausing) => withDeadline(options.closeWithin, pausing));
    },
  };
}
