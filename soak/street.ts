import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type LocalIndex, startLocalIndex } from '../test/integration/local-index.ts';
import { localSettings } from '../test/integration/local-server.ts';
import { testTargets } from '../test/services/docker.ts';
import { freePorts } from '../test/services/process.ts';
import { type RedisService, startRedis } from '../test/services/redis.ts';
import { type SeaweedService, startSeaweed } from '../test/services/seaweedfs.ts';
import { startWheelmill, type Wheelmill } from '../test/services/wheelmill.ts';
import { type OwnEngine, startEngine } from './engine.ts';

/** What is killed, in turn. */
export const PARTS = ['worker-1', 'api', 'redis', 'worker-2', 's3', 'engine'] as const;
export type Part = (typeof PARTS)[number];

/** Wheelmill as compose arranges it: an API, two workers, Redis and an S3 server, each a process of its own. */
export type Street = {
  url: string;
  index: LocalIndex;
  redis: RedisService;
  s3: SeaweedService;
  engine: OwnEngine | undefined;
  /** Kills a part as `kill -9` does, and starts it again as whoever looks after it would. */
  restart(part: Part): Promise<void>;
  close(): Promise<void>;
};

/** @param engine whether it has one of its own; else it uses the machine's, which must then not be killed */
export async function openStreet({ engine: hasEngine }: { engine: boolean }): Promise<Street> {
  const closers: (() => unknown)[] = [];
  const t = { teardown: (closer: () => unknown) => void closers.push(closer) } as Parameters<typeof startSeaweed>[0];
  const index = await startLocalIndex(t);
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-soak-'));
  const s3 = await startSeaweed(t);
  const dir = await mkdtemp(join(tmpdir(), 'wheelmill-redis-'));
  const { build, runtime } = testTargets()[0]!;
  const engine = hasEngine ? await startEngine([build, runtime]) : undefined;
  if (engine) closers.push(() => engine.close());
  let redis = await startRedis(t, { dir });
  const [port] = await freePorts(1);
  const settings = {
    ...localSettings(index, folder),
    ...s3.settings,
    WHEELMILL_QUEUE_URL: redis.url,
    WHEELMILL_UPKEEP_INTERVAL: '5s',
    ...(engine && { DOCKER_HOST: engine.host }),
  };
  const roles = {
    api: () =>
      startWheelmill('api', { ...settings, WHEELMILL_DATA_DIR: join(folder, 'api'), WHEELMILL_PORT: String(port) }),
    'worker-1': () => startWheelmill('worker', { ...settings, WHEELMILL_DATA_DIR: join(folder, 'worker-1') }),
    'worker-2': () => startWheelmill('worker', { ...settings, WHEELMILL_DATA_DIR: join(folder, 'worker-2') }),
  };
  const running = new Map<keyof typeof roles, Wheelmill>();
  for (const role of ['api', 'worker-1', 'worker-2'] as const) running.set(role, await roles[role]());

  return {
    url: `http://127.0.0.1:${port}`,
    index,
    get redis() {
      return redis;
    },
    s3,
    engine,
    async restart(part) {
      if (part === 's3') return s3.restart();
      if (part === 'engine') return engine?.restart();
      if (part === 'redis') {
        await redis.stop();
        redis = await startRedis(t, { dir, port: redis.port });
        return;
      }
      await running.get(part)?.kill();
      running.set(part, await untilStarted(roles[part]));
    },
    async close() {
      for (const one of running.values()) await one.stop();
      for (const closer of closers.reverse()) await closer();
      await rm(folder, { recursive: true, force: true });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One that ends because a service it needs is away is started again, as compose and systemd do. */
async function untilStarted(start: () => Promise<Wheelmill>): Promise<Wheelmill> {
  for (let go = 1; ; go++) {
    try {
      return await start();
    } catch (error) {
      if (go === 20) throw error;
      await after(1000);
    }
  }
}
