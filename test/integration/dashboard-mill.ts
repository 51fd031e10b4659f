import type { Test } from 'tap';
import type { Wheelmill } from '../services/wheelmill.ts';
import { prebuild } from './client.ts';
import { type LocalIndex, startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';

/** A server with what a dashboard shows: wheels that were built, a build that failed, a list with hits. */
export type Mill = { server: Wheelmill; url: string; index: LocalIndex; ready: string; partial: string };

/** A log with markup and escapes in it, and an error in the middle. */
const FAILS = `
import sys
for at in range(120): print('compiling part', at)
print('<script>alert("of a stranger")</script>')
print('src/broken.c:7:10: fatal error: nowhere/nothing.h: No such file or directory')
for at in range(20): print('cleaning part', at)
sys.exit(1)`;

export async function startMill(t: Test, settings: Record<string, string> = {}): Promise<Mill> {
  const index = await startLocalIndex(t);
  for (const name of ['alpha', 'gamma'])
    await index.addSdist(name, '1.0', { build: `for at in range(40): print('${name} step', at)\ntime.sleep(1)` });
  await index.addSdist('broken', '2.0', { build: FAILS });
  const server = await startServer(t, {
    ...localSettings(index, t.testdir()),
    WHEELMILL_SELF_HEAL: 'off',
    ...settings,
  });
  const { url } = server;
  const { id: ready } = await prebuild(url, 'alpha==1.0\n');
  const { id: partial } = await prebuild(url, 'alpha==1.0\ngamma==1.0\nbroken==2.0\n', 'proof=false');
  return { server, url, index, ready, partial };
}
