import { EventEmitter, once } from 'node:events';
import { createRedisBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { WheelmillError } from '../../errors.ts';
import { createBullmqQueue } from './bullmq-queue.ts';
import { type Bus, createListeners, TOPICS } from './bus.ts';
import { withDeadline } from './deadline.ts';
import type { WorkQueue } from './queue.ts';
import { QUEUE_DEFAULTS, type QueueOptions } from './queue-options.ts';

/** Longest pause between two attempts to connect: a queue that comes back is in use again soon. */
const MAX_RECONNECT_MS = 2_000;

/**
 * The queue on a Redis server, shared by any number of processes. Opening does not need the server: until it is there
 * calls fail with `queue-unavailable` and workers wait.
 * @param url `redis://` or `rediss://` (TLS), with user, password and database number as usual
 * @param prefix comes before every key and channel, for several Wheelmills on one server
 */
export async function openRedisQueue(
  { url, prefix = 'wheelmill' }: { url: string; prefix?: string },
  overrides: Partial<QueueOptions> = {},
): Promise<WorkQueue> {
  const options = { ...QUEUE_DEFAULTS, ...overrides };
  const place = describePlace(url);
  const common = {
    retryStrategy: (times: number) => Math.min(100 * 2 ** times, MAX_RECONNECT_MS),
    connectTimeout: options.answerWithin,
  };
  // A producer's command fails at once when the connection is lost; a worker's waits, however long.
  const producer = new Redis(url, { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const consumer = new OwningRedis(url, { ...common, maxRetriesPerRequest: null });
  const subscriber = new Redis(url, { ...common, maxRetriesPerRequest: null });

  const readiness = new EventEmitter().setMaxListeners(0);
  let away: { since: number; error: unknown } | undefined = { since: performance.now(), error: undefined };
  let closing = false;
  const note = (error?: unknown) => {
    if (closing) return;
    if (away === undefined) options.report(`The connection to the queue ${place} is lost`, error);
    away = { since: away?.since ?? performance.now(), error: error ?? away?.error };
  };
  producer.on('error', note);
  producer.on('close', () => note());
  producer.on('ready', () => {
    away = undefined;
    readiness.emit('ready');
  });
  // Their troubles are the producer's; without a listener an error would end the process.
  for (const client of [consumer, subscriber]) client.on('error', () => {});
  const bus = createRedisBus(producer, subscriber, prefix);
  const subscribed = bus.start();
  subscribed.catch(() => {});
  await withDeadline(options.answerWithin, subscribed).catch(() => {});

  return createBullmqQueue(
    {
      ...{ kind: 'redis', place, producer, consumer, prefix, bus },
      factory: createRedisBackend,
      drainDelay: 5,
      async reachable() {
        if (producer.status === 'ready') return;
        // Give a short break a chance, but do not let every caller wait through a long one.
        const patience = options.answerWithin - (performance.now() - (away?.since ?? performance.now()));
        const late = AbortSignal.timeout(Math.max(0, Math.ceil(patience)));
        await once(readiness, 'ready', { signal: late }).catch((error) => {
          throw away?.error ?? error;
        });
      },
      isAway: () => away !== undefined,
      async ping() {
        await producer.ping();
      },
      async close() {
        closing = true;
        for (const client of [producer, consumer, subscriber]) client.disconnect();
        consumer.disconnectCopies();
      },
    },
    options,
  );
}

/** BullMQ copies a worker's connection to block on, and leaves the copy behind when it is closed with the server away. */
class OwningRedis extends Redis {
  readonly #copies: Redis[] = [];

  override duplicate(options?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(options);
    copy.on('error', () => {});
    this.#copies.push(copy);
    return copy;
  }

  disconnectCopies(): void {
    for (const copy of this.#copies) copy.disconnect();
  }
}

/**
 * Publish and subscribe. After a reconnect it subscribes again, and hears everything from Redis' answer to that on; what was sent in
 * between is lost.
 */
function createRedisBus(producer: Redis, subscriber: Redis, prefix: string): Bus & { start(): Promise<void> } {
  const { emit, listen } = createListeners();
  const channels = new Map(TOPICS.map((topic) => [`${prefix}:${topic}`, topic]));
  let hearing = Number.POSITIVE_INFINITY;
  const subscribe = async () => {
    await subscriber.subscribe(...channels.keys());
    hearing = performance.now();
  };
  subscriber.on('close', () => {
    hearing = Number.POSITIVE_INFINITY;
  });
  // ioredis does so too, but does not tell when that is done.
  subscriber.on('ready', () => void subscribe().catch(() => {}));
  subscriber.on('message', (channel: string, message: string) => {
    const topic = channels.get(channel);
    if (topic !== undefined) emit(topic, JSON.parse(message));
  });
  return {
    listen,
    hearsSince: () => hearing,
    async publish(topic, message) {
      await producer.publish(`${prefix}:${topic}`, JSON.stringify(message));
    },
    start: subscribe,
  };
}

function describePlace(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    throw new WheelmillError(
      'bad-config',
      'WHEELMILL_QUEUE_URL must look like redis://host:6379 or rediss://host:6379.',
    );
  }
  return `at ${parsed.protocol}//${parsed.host}`;
}
