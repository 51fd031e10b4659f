// Running other programs: shown or captured, and ended with us.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a person has to do something about; shown without a stack. */
export class Failure extends Error {}

const children = new Set();

export function say(text) {
  process.stdout.write(`\n== ${text}\n`);
}

/** Starts a program that ends with us. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/**
 * Runs a program to its end, its output shown; with `keep`, its standard output is shown and returned.
 * Throws Failure with `failure` when it does not end well, which is with one of the codes in `good`.
 */
export async function run(command, args, { failure, keep = false, good = [0], env = process.env, cwd } = {}) {
  const child = start(command, args, { stdio: ['ignore', keep ? 'pipe' : 'inherit', 'inherit'], env, cwd });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const code = await ended(child);
  if (good.includes(code)) return text;
  throw new Failure(`${failure ?? `${command} failed`} (${command} ended with ${code}).`);
}

/** Runs a program without showing anything: its standard output, or undefined when it does not end well in time. */
export async function ask(command, args, { env = process.env, seconds = 20 } = {}) {
  const child = start(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const code = await ended(child);
  clearTimeout(late);
  return code === 0 ? text.trim() : undefined;
}

/** The exit code, the signal, or the error with which it could not be started. */
export async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const [code, signal] = await once(child, 'close').catch((error) => [error.code]);
  return code ?? signal;
}

/** Ends what still runs and waits for it: a server takes a moment to hand its work back. */
export async function stopChildren() {
  await Promise.all([...children].map(stop));
}

export async function stop(child) {
  child.kill('SIGTERM');
  await ended(child);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, async () => {
    await stopChildren();
    process.exit(code);
  });
}
