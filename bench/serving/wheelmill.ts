import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startWheelmill } from '../../test/services/wheelmill.ts';
import type { BenchScope } from './bench-scope.ts';
import type { Contestant } from './servers.ts';

/** `wheelmill api` from the build in dist. */
export async function startApi(
  scope: BenchScope,
  settings: { folder: string; redis: string; upstream: string },
  more: Record<string, string> = {},
): Promise<Contestant> {
  const { folder, redis, upstream } = settings;
  const api = await startWheelmill(
    'api',
    {
      ...{ WHEELMILL_DATA_DIR: folder, WHEELMILL_QUEUE_URL: redis, WHEELMILL_UPSTREAM_URL: upstream },
      WHEELMILL_LOG_LEVEL: 'warn',
      ...more,
    },
    { entry: ['dist/cli.js'] },
  );
  scope.teardown(() => api.stop());
  return { name: 'Wheelmill', pid: api.pid, base: api.url };
}

/** An index that has no project at all: pages of `/simple/` are of stored wheels then, and upstream has been asked. */
export async function startEmptyIndex(scope: BenchScope): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
}
