import { once } from 'node:events';
import { Socket } from 'node:net';
import { addAbortSignal, type Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exec } from 'dockerode';
import { demux, type Output } from './demux.ts';
import type { Sandbox } from './sandbox.ts';

/** Where commands run. Whoever waits for one gives up when `lost` is aborted. */
export type Inside = Pick<Sandbox, 'container' | 'lost'>;

/** A command in a running container. It inherits the container's environment; `user` is `uid:gid`. */
export type Command = {
  arguments: string[];
  user: string;
  folder?: string;
  environment?: Record<string, string>;
};

/** What a command is fed and who takes its output. */
export type Traffic = {
  /** Bytes for its standard input, which is then left open: whoever reads them knows how many they are. */
  input?: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Called with one piece after the other; the next is read when the promise is fulfilled. */
  onOutput?: (output: Output) => Promise<void> | void;
  /** Called once if the command has ended while something it started still holds its output open. */
  onLinger?: () => Promise<void>;
};

/** How often the engine is asked whether the command has ended, and how long an unwilling stream is given. */
const POLL_MS = 250;
/** An exec's exit code is there a moment after its output ended. */
const EXIT_POLL_MS = 5;
const EXIT_POLLS = 2000;
/** A stream that only reads would never see that the engine's host is gone; it may be quiet for as long as a compiler is. */
const KEEPALIVE_MS = 30_000;

/** Starts a command with standard input; the engine multiplexes the output (see demux). */
export async function attach(inside: Inside, command: Command): Promise<{ exec: Exec; stream: Duplex }> {
  return start(inside, command, true);
}

async function start({ container, lost }: Inside, command: Command, stdin: boolean) {
  const exec = await container.exec({
    Cmd: command.arguments,
    User: command.user,
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Env: Object.entries(command.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(command.folder !== undefined && { WorkingDir: command.folder }),
    abortSignal: lost,
  });
  const stream = await exec.start({ hijack: true, stdin, abortSignal: lost });
  // The reader sees a broken connection too; without a listener it would end the process.
  stream.on('error', () => {});
  if (stream instanceof Socket) stream.setKeepAlive(true, KEEPALIVE_MS);
  addAbortSignal(lost, stream);
  return { exec, stream };
}

/**
 * Runs a command to its end and returns its exit code. The end of its output is no proof that it ended, nor the other
 * way round (a background process may hold the output), so the engine is asked beside the stream. Nothing here stops
 * a command: destroying the stream does not, only killing the container does, and then the stream ends. Where it does
 * not, `lost` ends the waiting, with an error that is engine trouble.
 */
export async function run(inside: Inside, command: Command, traffic: Traffic = {}): Promise<number> {
  const { lost } = inside;
  const { exec, stream } = await start(inside, command, traffic.input !== undefined);
  const done = new AbortController();
  const feeding = feed(stream, traffic.input ?? [], done.signal);
  feeding.catch((error) => stream.destroy(error));
  const watching = watch(exec, stream, { done: done.signal, lost }, traffic.onLinger);
  try {
    for await (const output of demux(stream)) await traffic.onOutput?.(output);
  } catch (error) {
    if (!watching.gaveUp()) throw error;
  } finally {
    done.abort();
    stream.destroy();
    await feeding;
  }
  await watching.end;
  return exitCode(exec, lost);
}

/** Writes all input; a command that ends early makes the rest pointless, which its exit code tells. */
async function feed(stream: Duplex, input: Iterable<Buffer> | AsyncIterable<Buffer>, signal: AbortSignal) {
  for await (const chunk of input) {
    if (signal.aborted || stream.destroyed) return;
    if (!stream.write(chunk)) await once(stream, 'drain', { signal }).catch(() => {});
  }
}

type Ends = { done: AbortSignal; lost: AbortSignal };

/** Looks beside the stream whether the command has ended; `end` rejects with what `onLinger` threw. */
function watch(exec: Exec, stream: Duplex, { done, lost }: Ends, onLinger?: () => Promise<void>) {
  let abandoned = false;
  const look = async (): Promise<void> => {
    let ended = 0;
    while (!done.aborted) {
      await delay(POLL_MS, undefined, { signal: done }).catch(() => {});
      if (done.aborted) return;
      // The stream reports a broken engine; a failed look is no reason to give up.
      const state = await exec.inspect({ abortSignal: lost }).catch(() => undefined);
      if (state === undefined || state.Running) continue;
      ended += 1;
      // The first look after the end may just be quicker than the stream's own end.
      if (ended === 2) await onLinger?.();
      if (ended === 4) {
        abandoned = true;
        stream.destroy();
      }
    }
  };
  const end = look();
  end.catch(() => stream.destroy());
  return { end, gaveUp: () => abandoned };
}

async function exitCode(exec: Exec, lost: AbortSignal): Promise<number> {
  for (let polls = 0; polls < EXIT_POLLS; polls += 1) {
    const state = await exec.inspect({ abortSignal: lost });
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    await delay(EXIT_POLL_MS);
  }
  throw Object.assign(new Error('the engine says that a command whose output ended still runs'), { code: 'ETIMEDOUT' });
}
