import type { Test } from 'tap';
import { runCli } from '../../src/cli/program.ts';

/** Runs the command line in this process and catches what it writes. */
export async function cli(t: Test, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out = t.capture(process.stdout, 'write', () => true);
  const err = t.capture(process.stderr, 'write', () => true);
  const code = await runCli(['node', 'wheelmill', ...args]);
  out.restore();
  err.restore();
  const text = (calls: { args: unknown[] }[]) => calls.map((call) => String(call.args[0])).join('');
  return { code, out: text(out()), err: text(err()) };
}
