import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, stateDir } from '../../test/services/state.ts';

const run = promisify(execFile);

/** A target as the server names it, with its Python: `3.13`. */
export type BenchTarget = { name: string; python: string };

/** The first target of a server. */
export async function firstTarget(url: string): Promise<BenchTarget> {
  const { items } = (await (await fetch(`${url}/api/v1/targets`)).json()) as {
    items: { name: string; python: { version: string } }[];
  };
  const { name, python } = items[0]!;
  return { name, python: python.version.split('.').slice(0, 2).join('.') };
}

/**
 * Milliseconds that uv takes to install requirements for a target, with nothing cached, into a new folder of this machine, from
 * the target's own index: whatever Python is here.
 */
export async function timedInstall(url: string, target: BenchTarget, requirements: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-install-'));
  const python = ['--python', join(stateDir, 'tools/bin/python'), '--python-version', target.python];
  const index = ['--default-index', `${url}/t/${target.name}/simple/`, '--no-cache', '-q'];
  const env = { PATH: process.env.PATH, HOME: folder, UV_NO_CONFIG: '1', UV_LINK_MODE: 'copy' };
  const before = performance.now();
  try {
    await run(findProgram('uv'), ['pip', 'install', ...python, ...index, '--target', `${folder}/to`, ...requirements], {
      env,
    });
    return performance.now() - before;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
