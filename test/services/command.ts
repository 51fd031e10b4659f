import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { FROM_SOURCE, ROOT } from './wheelmill.ts';

export type Ran = { code: number | null; out: string; err: string };

/**
 * Runs the real command line to its end, with settings of its own: what the shell has of WHEELMILL_ is not passed on.
 * @param input what it reads from standard input
 */
export async function runWheelmill(
  args: readonly string[],
  settings: Record<string, string> = {},
  input = '',
): Promise<Ran> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHEELMILL_'));
  const child = spawn(process.execPath, [...FROM_SOURCE, ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: 'pipe',
  });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, out, err };
}
