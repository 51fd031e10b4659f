import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalIndex, startLocalIndex } from '../../test/integration/local-index.ts';
import type { Wheelmill } from '../../test/services/wheelmill.ts';
import { startServer } from '../builds/server.ts';

/** What a bench begins with: an index of its own projects, and servers in front of that alone, all gone at its end. */
export type Ground = { index: LocalIndex; server(settings: Record<string, string>): Promise<Wheelmill> };

export async function onGround<T>(
  environment: Record<string, string>,
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const ends: (() => unknown)[] = [];
  const index = await startLocalIndex({ teardown: (end: () => unknown) => void ends.push(end) });
  const server = async (settings: Record<string, string>) => {
    const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-'));
    const started = await startServer(folder, { ...environment, WHEELMILL_UPSTREAM_URL: index.indexUrl, ...settings });
    ends.push(() => started.stop().then(() => rm(folder, { recursive: true, force: true })));
    return started;
  };
  try {
    return await work({ index, server });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
