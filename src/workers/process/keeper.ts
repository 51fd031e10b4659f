import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Limits } from '../builder.ts';
import type { Trip } from '../run/guard.ts';
import { pythonCommand, readScript } from '../run/scripts.ts';

const KEEPER = readScript('keeper.py', import.meta.url);

/** Longer than the keeper needs to ask and to kill. */
const END_MS = 20_000;
/** What a process that nobody could end may still hold open. */
const DRAIN_MS = 2000;

/** Limits of the keeper in its own words, as reasons for our end of a run. */
const OVER: Record<string, Trip> = { memory: 'out-of-memory', processes: 'too-many-processes', disk: 'out-of-disk' };

export type KeptCommand = {
  /** The first is an absolute path. */
  arguments: string[];
  folder: string;
  /** All there is: nothing of the server's own environment is passed on. */
  environment: Record<string, string>;
};

export type Keeping = {
  /** The interpreter that runs the keeper. */
  python: string;
  /** The folder whose size is watched. */
  work: string;
  limits: Pick<Limits, 'memory' | 'pids' | 'disk' | 'inodes'>;
  /** Aborted: everything is asked to end, and killed if it does not. */
  signal: AbortSignal;
  onOver: (trip: Trip) => void;
  /** Takes one piece of output after the other. */
  onOutput: (output: { channel: 'stdout' | 'stderr'; data: Buffer }) => Promise<void> | void;
  /** Whether both outputs come as one, in the order in which they were written. */
  merge: boolean;
};

/**
 * Runs a command in a session of its own, by a keeper that watches and ends it with everything it has started, also
 * when this process dies. Gives the exit code, 128 and the number for a signal as shells do.
 */
export async function keep(command: KeptCommand, keeping: Keeping): Promise<number> {
  const { python, work, limits, signal, merge } = keeping;
  const { memory, pids, disk, inodes } = limits;
  const spec = { command: command.arguments, cwd: command.folder, work, merge, memory, pids, disk, inodes };
  const [file, ...values] = pythonCommand(python, KEEPER, [JSON.stringify(spec)]);
  const keeper = spawn(file as string, values, {
    // Signals of a terminal are for the server, which ends the keeper in its own way.
    detached: true,
    cwd: '/',
    env: command.environment,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const gone = once(keeper, 'exit');
  gone.catch(() => {});
  keeper.stdin.on('error', () => {});
  let late: NodeJS.Timeout | undefined;
  const end = () => {
    keeper.stdin.end();
    late = setTimeout(() => keeper.kill('SIGKILL'), END_MS);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const streams = [keeper.stdout, keeper.stderr, keeper.stdio[3] as Readable];
  try {
    let exitCode: number | undefined;
    const outputs = Promise.all([
      drain(keeper.stdout, 'stdout', keeping),
      drain(keeper.stderr, 'stderr', keeping),
      reports(streams[2] as Readable, (line) => {
        if (line.over !== undefined && OVER[line.over] !== undefined) keeping.onOver(OVER[line.over] as Trip);
        if (line.exit !== undefined) exitCode = line.exit < 0 ? 128 - line.exit : line.exit;
      }),
    ]);
    outputs.catch(() => end());
    const [code, killedBy] = await gone;
    const held = setTimeout(() => {
      for (const stream of streams) stream.destroy();
    }, DRAIN_MS);
    await outputs.finally(() => clearTimeout(held));
    return exitCode ?? (killedBy === null && code !== 0 ? code : 128 + 9);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', end);
  }
}

async function drain(stream: Readable, channel: 'stdout' | 'stderr', { onOutput }: Keeping): Promise<void> {
  try {
    for await (const data of stream) await onOutput({ channel, data });
  } catch (error) {
    // Ours: what holds it open could not be ended.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

async function reports(stream: Readable, take: (line: { over?: string; exit?: number }) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    try {
      take(JSON.parse(line));
    } catch {
      // The build may have written here: it runs as the same user.
    }
  }
}
