import { readFileSync } from 'node:fs';
import { hasProcess } from '../has-process.ts';

/** A process, told from a later one with the same number by when it began, where the system says (proc(5)). */
export type ProcessIdentity = { pid: number; began: string };

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, began: beginOf(process.pid) ?? '' };
}

export function isRunning({ pid, began }: ProcessIdentity): boolean {
  const now = beginOf(pid);
  if (now !== undefined) return now === began;
  return beginOf(process.pid) === undefined && hasProcess(pid);
}

/** Clock ticks between the start of the machine and that of the process. */
function beginOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19];
  } catch {
    return undefined;
  }
}
