import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePorts, type Service, startService } from './process.ts';
import { findProgram } from './state.ts';

export interface RedisService extends Service {
  url: string;
  port: number;
}

/**
 * Starts a Redis server of this test alone, on a free port, with the settings a deployment needs: an append-only file,
 * so that a killed server comes back with its jobs, and no eviction. It ends with the test.
 * `port` and `dir` (kept, not removed) start one again where another was stopped.
 */
export async function startRedis(
  t: Pick<Test, 'teardown'>,
  options: { port?: number; dir?: string } = {},
): Promise<RedisService> {
  const port = options.port ?? (await freePorts(1))[0]!;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'wheelmill-redis-')));
  const service = await startService(
    findProgram('redis-server'),
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir],
      ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', ''],
    ],
    (output) =>
      new Promise((resolve) => {
        output((text) => text.includes('Ready to accept connections') && resolve());
      }),
  );
  t.teardown(async () => {
    await service.stop();
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  });
  return { ...service, port, url: `redis://127.0.0.1:${port}` };
}
