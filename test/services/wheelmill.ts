import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { freePorts } from './process.ts';

export const ROOT = new URL('../..', import.meta.url).pathname;
export const FROM_SOURCE = ['--import=tsx', join(ROOT, 'src/cli.ts')];

/** Patience with a first start: images are probed. */
const READY_WITHIN = 120_000;

/** A process of the real command line. `url` is where it listens (nowhere for a worker). */
export type Wheelmill = {
  url: string;
  pid: number;
  /** What it has written to stderr so far. */
  log(): string;
  /** SIGTERM, and waits for its end; gives the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
};

/**
 * Starts `wheelmill serve | api | worker` with settings of its own: what the shell has of WHEELMILL_ is not passed on,
 * pip's configuration is (the upstream index follows from it).
 */
export async function startWheelmill(
  role: 'serve' | 'api' | 'worker',
  settings: Record<string, string>,
  options: StartOptions = {},
): Promise<Wheelmill> {
  for (let round = 1; ; round++) {
    try {
      return await startOnce(role, settings, options);
    } catch (error) {
      // A port that was free a moment ago may be taken by another test's service: then on another one.
      const isTaken = error instanceof Error && /Port \d+ of .* is taken/.test(error.message);
      if (!isTaken || round === PORT_ROUNDS || settings.WHEELMILL_PORT) throw error;
    }
  }
}

/** `token` is one that the server asks for. */
type StartOptions = { entry?: string[]; waitForTarget?: boolean; token?: string };

const PORT_ROUNDS = 5;

async function startOnce(
  role: 'serve' | 'api' | 'worker',
  settings: Record<string, string>,
  options: StartOptions,
): Promise<Wheelmill> {
  const port = settings.WHEELMILL_PORT ?? (await freePorts(1))[0];
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHEELMILL_'));
  const child: ChildProcess = spawn(process.execPath, [...(options.entry ?? FROM_SOURCE), role], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), WHEELMILL_PORT: String(port), ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const wheelmill: Wheelmill = {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    log: () => log,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      return child.exitCode;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
  const end = performance.now() + READY_WITHIN;
  const ready =
    role === 'worker'
      ? async () => log.includes('"msg":"ready"')
      : () => answers(wheelmill.url, options.waitForTarget ?? role === 'serve', options.token);
  while (!(await ready())) {
    if (child.exitCode !== null || performance.now() > end) {
      await wheelmill.kill();
      throw new Error(`wheelmill ${role} did not get ready:\n${log}`);
    }
    await after(50);
  }
  return wheelmill;
}

async function answers(url: string, withTarget: boolean, token?: string): Promise<boolean> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const path = withTarget ? '/api/v1/targets' : '/live';
  const answer = await fetch(url + path, { headers }).catch(() => undefined);
  if (!answer?.ok) return false;
  return !withTarget || ((await answer.json()) as { items: { probed: boolean }[] }).items.some((one) => one.probed);
}
