import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { docker } from './harness.ts';

/** The engine of the tests behind a TCP port on loopback, whose host can vanish. */
export async function overTcp(t: Test) {
  const { socketPath } = docker.modem as unknown as { socketPath: string | (() => Promise<string>) };
  const path = typeof socketPath === 'string' ? socketPath : await socketPath();
  let isThere = true;
  const pairs: { from: Socket; to: Socket }[] = [];
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ path, allowHalfOpen: true });
    pairs.push({ from, to });
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
    if (isThere) from.pipe(to).pipe(from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const { from, to } of pairs) {
      from.destroy();
      to.destroy();
    }
    server.close();
  });
  return {
    options: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, protocol: 'http' as const },
    /** From now on nothing passes, in neither direction, no end of a connection either; new ones are taken in silence. */
    vanish(): void {
      isThere = false;
      for (const { from, to } of pairs) {
        from.unpipe(to).pause();
        to.unpipe(from).pause();
      }
    },
    /** What keepalive finds after a while: the connections to a host that has vanished break. */
    breakConnections(): void {
      for (const { from } of pairs) from.resetAndDestroy();
    },
    /** New connections pass again; the old ones stay as they are. */
    comeBack(): void {
      isThere = true;
    },
  };
}
