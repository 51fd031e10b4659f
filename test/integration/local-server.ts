import type { Test } from 'tap';
import { testTargets } from '../services/docker.ts';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { configuredIndex } from '../workers/run/index-proxy.ts';
import type { LocalIndex } from './local-index.ts';

/** Settings of a server that knows a test's own index before the real one, which the build tools come from. */
export function localSettings(index: Pick<LocalIndex, 'indexUrl'>, dataFolder: string): Record<string, string> {
  const [target] = testTargets();
  return {
    WHEELMILL_DATA_DIR: dataFolder,
    WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}`,
    WHEELMILL_UPSTREAM_URL: `${index.indexUrl},${configuredIndex()}`,
  };
}

/** The command line's `serve` with these settings; it ends with the test. */
export async function startServer(t: Test, settings: Record<string, string>, token?: string): Promise<Wheelmill> {
  const server = await startWheelmill('serve', settings, token === undefined ? {} : { token });
  t.teardown(() => server.stop());
  return server;
}
