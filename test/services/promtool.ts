import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findProgram } from './state.ts';
import { ROOT } from './wheelmill.ts';

/** Runs Prometheus' own tool; gives its exit code and all that it said. Paths are relative to the repository. */
export async function promtool(args: readonly string[], input = ''): Promise<{ code: number | null; said: string }> {
  const child = spawn(findProgram('promtool'), args, { cwd: ROOT, stdio: 'pipe' });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, said: out + err };
}
