/** Starting one of the scripts beside this file in a process of its own, which a test can kill. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { steps } from '../../contract/gates.ts';

export interface Child {
  /** What the script has sent. */
  said: ReturnType<typeof steps<unknown>>;
  send(message: unknown): void;
  /** kill -9, and wait until it is dead. */
  kill(): Promise<void>;
}

export function startChild(t: Test, script: string, ...args: string[]): Child {
  const child: ChildProcess = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--import=tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit');
  const said = steps<unknown>();
  child.on('message', (message) => said.add(message));
  const kill = async () => {
    child.kill('SIGKILL');
    await exit;
  };
  t.teardown(kill);
  return { said, send: (message) => child.send(message as object), kill };
}
