import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildFailure } from '../../../src/errors.ts';
import type { Gateway, Limits, Run } from '../../../src/workers/builder.ts';

const MIB = 1024 * 1024;

/** Small enough that a test which meets one is quick, large enough for a busy machine. */
export const LIMITS: Limits = {
  memory: 1024 * MIB,
  disk: 256 * MIB,
  inodes: 20_000,
  pids: 128,
  cpus: 2,
  wallTime: 120_000,
  silence: 120_000,
  logBytes: MIB,
  wheelBytes: 16 * MIB,
};

let all: string | undefined;

/** A folder that is gone when the process has ended. */
export function folder(): string {
  all ??= goneAtExit(mkdtempSync(join(tmpdir(), 'wheelmill-test-')));
  return mkdtempSync(join(all, 'folder-'));
}

function goneAtExit(path: string): string {
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const NO_GATEWAY: Gateway = { accept: (connection) => connection.destroy() };

/** A run that keeps its log. */
export function newRun(gateway: Gateway, changes: Partial<Limits> = {}, signal = new AbortController().signal) {
  const log: Buffer[] = [];
  const run: Run = {
    job: 'test-job',
    gateway,
    limits: { ...LIMITS, ...changes },
    signal,
    log: { write: async (chunk) => void log.push(chunk) },
  };
  return { run, log: () => Buffer.concat(log).toString() };
}

/** The failure a promise ends with; anything else is the test's fault. */
export async function failureOf(promise: Promise<unknown>): Promise<BuildFailure> {
  const outcome = await promise.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof BuildFailure) return outcome;
  throw outcome;
}
