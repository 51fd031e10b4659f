import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { listenFault } from '../../src/cli/listen-fault.ts';
import { readConfig } from '../../src/config.ts';
import { runWheelmill } from '../services/command.ts';
import { freePorts } from '../services/process.ts';

/** What Node.js says of a listener that cannot be opened. */
async function errorOf(host: string, port: number): Promise<{ code: string; syscall: string }> {
  const server = createServer().listen(port, host);
  const [error] = await once(server, 'error');
  return error;
}

t.test('settings that no server can listen as', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const [free] = await freePorts(1);
  const config = {
    ...readConfig(),
    ...{ host: 'wheelmill.invalid', port: 80, readHost: 'read.invalid', readPort: free! },
    ...{ metricsHost: '127.0.0.1', metricsPort: port },
  };
  const denied = { code: 'EACCES', syscall: 'listen', address: 'wheelmill.invalid', port: 80 };
  const rows: [error: object, message: RegExp][] = [
    [
      await errorOf('wheelmill.invalid', 80),
      /no address of the name wheelmill\.invalid \(E\w+\)\. Set WHEELMILL_HOST to/,
    ],
    [await errorOf('read.invalid', free!), /no address of the name read\.invalid .* Set WHEELMILL_READ_HOST to/],
    [await errorOf('127.0.0.1', port), /^Port \d+ of 127\.0\.0\.1 is taken\. Set WHEELMILL_METRICS_PORT to/],
    [await errorOf('192.0.2.1', free!), /^This machine has no address 192\.0\.2\.1\. Set WHEELMILL_HOST to/],
    [denied, /^This user may not listen on port 80 of wheelmill\.invalid\. Set WHEELMILL_PORT to one above 1023\.$/],
  ];
  for (const [error, message] of rows) t.match(listenFault(config, error), { code: 'bad-config', message });
  for (const error of [await errorOf('redis.invalid', free!), { code: 'EACCES', syscall: 'open' }])
    t.equal(listenFault(config, error), undefined, 'is somebody else’s');
});

t.test('a server with a mistyped WHEELMILL_HOST', async (t) => {
  const [port] = await freePorts(1);
  const settings = { WHEELMILL_HOST: 'typo.invalid', WHEELMILL_PORT: String(port) };
  const ran = await runWheelmill(['serve'], { ...settings, WHEELMILL_DATA_DIR: t.testdir(), WHEELMILL_AUTH: 'none' });
  t.equal(ran.code, 2, ran.err);
  t.match(ran.err, 'wheelmill: There is no address of the name typo.invalid');
  t.notMatch(ran.err, /\n {4}at /);
});
