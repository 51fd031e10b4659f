import { randomUUID } from 'node:crypto';
import { type BackendFactory, type IQueueBackend, Queue } from 'bullmq';
import { WheelmillError } from '../../errors.ts';
import { ASKED, awaitAnswer } from './ask.ts';
import type { Bus } from './bus.ts';
import { withDeadline } from './deadline.ts';
import { type CancelMessage, type LaneWorker, startLaneWorker } from './lane-worker.ts';
import { type LogRows, readLiveLog } from './live-log.ts';
import type { Change, Lane, Work, WorkQueue } from './queue.ts';
import type { QueueOptions } from './queue-options.ts';

/** Where BullMQ keeps the jobs, and how this process reaches it; `C` is what its backend takes for a connection. */
export type Backing<C> = {
  kind: WorkQueue['kind'];
  /** For a log or an error: where the queue is, without credentials. */
  place: string;
  factory: BackendFactory<IQueueBackend, C>;
  /** Fails when the queue is away. */
  producer: C;
  /** Waits until the queue is back. */
  consumer: C;
  /** Comes before the name of all that is stored. */
  prefix: string;
  drainDelay: number;
  bus: Bus;
  /** Resolves when the queue can be asked; rejects when it has been away for too long. */
  reachable(): Promise<void>;
  /** Whether the queue is known to be away, which was reported when it went. */
  isAway(): boolean;
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** Highest priority number of BullMQ (its scores hold 21 bits of it). */
const MAX_PRIORITY = 2 ** 21 - 1;
/** As many as may be open at most, unless somebody has raised that limit far. */
const MOST_WORKS = 10_000;
/** Nobody reads BullMQ's own event streams here: keep them short. */
const KEPT_EVENTS = 100;

/** A WorkQueue on BullMQ: what is the same with every backing. */
export function createBullmqQueue<C>(backing: Backing<C>, options: QueueOptions): WorkQueue {
  const { bus, factory, prefix } = backing;
  type LaneQueue = ReturnType<typeof openQueue>;
  const queues = new Map<Lane, LaneQueue>();
  const workers = new Set<LaneWorker>();
  let closed: Promise<void> | undefined;
  // Every queue and worker has something to say at every attempt to connect: one line told it already.
  const reportTrouble = (message: string, error: unknown) => {
    if (!backing.isAway()) options.report(message, error);
  };

  const openQueue = (lane: Lane) =>
    new Queue(
      queueName(lane),
      { connection: backing.producer, prefix, streams: { events: { maxLen: KEPT_EVENTS } } },
      factory,
    );
  const queueOf = (lane: Lane): LaneQueue => {
    const known = queues.get(lane);
    if (known !== undefined) return known;
    const queue = openQueue(lane);
    queue.on('error', (error) => reportTrouble(`The queue of ${lane}`, error));
    queues.set(lane, queue);
    return queue;
  };

  /** Runs a call on the backing; whatever goes wrong there, callers see one error, after `answerWithin` at the latest. */
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      if (closed !== undefined) throw new Error('The queue was closed');
      await backing.reachable();
      return await withDeadline(options.answerWithin, call());
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WheelmillError('queue-unavailable', `The queue ${backing.place} does not answer (${why}).`, { cause });
    }
  };

  const rowsOf = (lane: Lane): LogRows => ({
    addJobLog: (jobId, row, keep) => ask(() => queueOf(lane).addJobLog(jobId, row, keep)),
    getJobLogs: (jobId, start, end) => ask(() => queueOf(lane).getJobLogs(jobId, start, end)),
  });

  /** The job of a work id: the one of that id (`once`), or the current one of its deduplication (`latest`). */
  const findJob = async (queue: LaneQueue, id: string): Promise<string | undefined> => {
    if ((await queue.getJobState(jobKey(id))) !== 'unknown') return jobKey(id);
    const latest = await queue.getDeduplicationJobId(jobKey(id));
    // A deduplication key can outlive its job when Redis loses data.
    if (latest === null || (await queue.getJobState(latest)) === 'unknown') return undefined;
    return latest;
  };

  const add = async (work: Work): Promise<void> => {
    await ask(() =>
      queueOf(work.lane).add(work.id, work.data, {
        // `latest` has no id of its own: BullMQ refuses a known id before it looks at the deduplication.
        ...(work.mode === 'latest'
          ? { deduplication: { id: jobKey(work.id), keepLastIfActive: true } }
          : { jobId: jobKey(work.id) }),
        priority: Math.min(MAX_PRIORITY, Math.max(0, Math.trunc(work.priority ?? 0))),
        attempts: options.attempts,
        backoff: { type: 'custom' },
        // A kept finished job would block an equal id; the record in the bucket is the memory.
        removeOnComplete: true,
        removeOnFail: true,
      }),
    );
  };

  const cancel = (lane: Lane, id: string): Promise<'none' | 'dropped' | 'running'> => {
    return ask(async () => {
      const queue = queueOf(lane);
      const jobId = await findJob(queue, id);
      // Refused while a worker holds the job.
      if (jobId !== undefined && (await queue.remove(jobId)) === 1) return 'dropped';
      // Before anybody is told: what hears it may have ended a moment later.
      const isHeld = jobId !== undefined && (await queue.getJobState(jobId)) !== 'unknown';
      // Also where the queue knows of none: one that was wiped has forgotten what still runs.
      await bus.publish('cancels', { lane, id } satisfies CancelMessage);
      return isHeld ? 'running' : 'none';
    });
  };

  return {
    kind: backing.kind,

    add,

    async ask(lane, data, patience) {
      const id = randomUUID();
      const work: Work = { lane, id, data: { ...data, [ASKED]: true } };
      let answered = false;
      try {
        const answer = await awaitAnswer(bus, { lane, id }, () => add(work), patience);
        answered = 'answer' in answer;
        return answer;
      } finally {
        // Nobody waits for it any more. With the queue away it ends unheard.
        if (!answered) await cancel(lane, id).catch(() => {});
      }
    },

    async raise({ lane, id, data, priority = 0 }) {
      await ask(async () => {
        const queue = queueOf(lane);
        const jobId = await findJob(queue, id);
        const job = jobId === undefined ? undefined : await queue.getJob(jobId);
        if (job === undefined || (job.priority ?? 0) <= priority || (await job.isActive())) return;
        // It may begin, or end, at this very moment: then there is nothing to raise any more.
        await job.updateData(data).catch(() => {});
        await job.changePriority({ priority }).catch(() => {});
      });
    },

    async works(lane, limit = MOST_WORKS) {
      const queue = queueOf(lane);
      const [running, waiting] = await ask(() =>
        Promise.all([
          queue.getJobs(['active'], 0, limit - 1),
          queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, limit - 1),
        ]),
      );
      const shown = (jobs: typeof running, isRunning: boolean) =>
        jobs.filter((job) => job !== undefined).map(({ name, data }) => ({ id: name, data, isRunning }));
      return [...shown(running, true), ...shown(waiting, false)];
    },

    async running(lane, limit) {
      const jobs = await ask(() => queueOf(lane).getJobs(['active'], 0, limit - 1));
      return jobs.filter((job) => job !== undefined).map(({ name, data }) => ({ id: name, data }));
    },

    async has(lane, id) {
      return (await ask(() => findJob(queueOf(lane), id))) !== undefined;
    },

    cancel,

    async log(lane, id, start = 0) {
      const jobId = await ask(() => findJob(queueOf(lane), id));
      return jobId === undefined ? { chunks: [], next: start } : readLiveLog(rowsOf(lane), jobId, start);
    },

    counts(lanes) {
      return Promise.all(
        lanes.map(async (lane) => {
          const found = await ask(() => queueOf(lane).getJobCounts('waiting', 'prioritized', 'active', 'delayed'));
          return {
            lane,
            waiting: (found.waiting ?? 0) + (found.prioritized ?? 0),
            running: found.active ?? 0,
            delayed: found.delayed ?? 0,
          };
        }),
      );
    },

    notify: (change) => ask(() => bus.publish('changes', change)),
    watch: (listener) => bus.listen('changes', (message) => listener(message as Change)),
    watchesSince: () => bus.hearsSince(),

    async serve(lane, concurrency, handler) {
      if (closed !== undefined) throw new WheelmillError('queue-unavailable', 'The queue was closed.');
      const worker = startLaneWorker({
        ...{ lane, concurrency, handler, bus, options, reportTrouble, factory, prefix },
        queueName: queueName(lane),
        connection: backing.consumer,
        drainDelay: backing.drainDelay,
        rows: rowsOf(lane),
      });
      workers.add(worker);
      return async ({ abort = false } = {}) => {
        await (abort ? worker.shut() : worker.stop());
        workers.delete(worker);
      };
    },

    ping: () => ask(() => backing.ping()),

    close() {
      closed ??= (async () => {
        // With the queue away or a handler that does not listen, the jobs are found by others as those of a lost worker.
        await Promise.all([...workers].map((worker) => worker.shut()));
        await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})));
        await backing.close();
      })();
      return closed;
    },
  };
}

/** BullMQ allows no `:` in names (a target's has one). */
function queueName(lane: Lane): string {
  return encodeURIComponent(lane);
}

/** BullMQ allows neither `:` nor whole numbers as ids of jobs. */
function jobKey(id: string): string {
  return `w-${encodeURIComponent(id)}`;
}
