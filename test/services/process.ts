/** Starting a service as a child process of a test, on free ports, and stopping it again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Service {
  pid: number;
  stop: () => Promise<void>;
}

/** That many different free TCP ports of the loopback address. All are held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/**
 * Starts a program and waits until `ready` resolves. Rejects with the last output when the program ends before that.
 * `ready` gets an abort signal that fires when the program has ended, and a function that adds a listener for output.
 */
export async function startService(
  file: string,
  args: readonly string[],
  ready: (output: (listen: (text: string) => void) => void, ended: AbortSignal) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
): Promise<Service> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  // A test process that dies without its teardown must leave no server behind.
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = new AbortController();
  let tail = '';
  const keep = (chunk: Buffer) => {
    tail = (tail + chunk).slice(-2000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const died = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('exit', killNow);
      reject(new Error(`${file} ended early (${signal ?? code}): ${tail}`));
    });
  });
  died.catch(() => ended.abort());
  const listen = (listener: (text: string) => void) => {
    for (const stream of [child.stdout, child.stderr]) stream.on('data', () => listener(tail));
  };
  try {
    await Promise.race([ready(listen, ended.signal), died]);
  } catch (cause) {
    await stopChild(child);
    throw cause;
  }
  return { pid: child.pid as number, stop: () => stopChild(child) };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
