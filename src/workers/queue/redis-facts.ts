import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { WheelmillError } from '../../errors.ts';

/** What a Redis server says of itself, and how long a write, a read and a removal took. */
export type RedisFacts = {
  version: string;
  /** `noeviction`, or how it makes room: by forgetting jobs. */
  evictionPolicy: string;
  /** Bytes it may take, 0 for all there is; bytes it takes. */
  maxMemory: number;
  usedMemory: number;
  /** How jobs outlive a restart. */
  persistence: 'append-only file' | 'snapshots' | 'none';
  milliseconds: number;
};

/** A server that is there answers in far less. */
const PATIENCE_MS = 5_000;

/**
 * Looks at a Redis server with a connection of its own.
 * @throws WheelmillError `queue-unavailable` with what to do
 */
export async function redisFacts(url: string): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
  });
  let told: unknown;
  redis.on('error', (error) => {
    told = error;
  });
  try {
    await redis.connect();
    const info = fieldsOf(await redis.info());
    const saves = await redis.config('GET', 'save').catch(() => undefined);
    const started = performance.now();
    await roundTrip(redis);
    return {
      version: info.get('redis_version') ?? 'of unknown version',
      evictionPolicy: info.get('maxmemory_policy') ?? 'unknown',
      maxMemory: Number(info.get('maxmemory') ?? 0),
      usedMemory: Number(info.get('used_memory') ?? 0),
      persistence: persistenceOf(info, saves),
      milliseconds: performance.now() - started,
    };
  } catch (error) {
    throw unavailable(url, told ?? error);
  } finally {
    redis.disconnect();
  }
}

async function roundTrip(redis: Redis): Promise<void> {
  const key = `wheelmill:doctor:${randomUUID()}`;
  await redis.set(key, key, 'EX', 60);
  const seen = await redis.get(key);
  await redis.del(key);
  if (seen !== key) throw new Error('it did not give back what was written to it');
}

/** https://redis.io/docs/latest/commands/info/: `name:value` lines. */
function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
    }),
  );
}

/** A hosted server may keep its CONFIG to itself; then a snapshot it has made tells. */
function persistenceOf(info: ReadonlyMap<string, string>, saves: unknown): RedisFacts['persistence'] {
  if (info.get('aof_enabled') === '1') return 'append-only file';
  const configured = Array.isArray(saves) ? saves[1] !== '' : Number(info.get('rdb_saves') ?? 0) > 0;
  return configured ? 'snapshots' : 'none';
}

function unavailable(url: string, cause: unknown): WheelmillError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const place = URL.canParse(url) ? new URL(url).host : 'WHEELMILL_QUEUE_URL';
  const advice = /NOAUTH|WRONGPASS|NOPERM|password/i.test(why)
    ? 'Put the right user and password into WHEELMILL_QUEUE_URL.'
    : 'Start it, or correct WHEELMILL_QUEUE_URL.';
  return new WheelmillError('queue-unavailable', `Redis at ${place} cannot be used: ${why}. ${advice}`, { cause });
}
