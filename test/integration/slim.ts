import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../services/docker.ts';
import { findProgram } from '../services/state.ts';

/**
 * Runs a shell script in a fresh container of the runtime image that reaches servers on this machine's loopback, with
 * `files` in /in and uv at hand. `options` are further ones of `docker run`. Gives what it printed; throws with its output
 * when it fails.
 */
export async function inSlim(
  image: string,
  script: string,
  files: Record<string, string> = {},
  options: readonly string[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-slim-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const name = `wheelmill-test-${randomUUID()}`;
  const mounts = ['-v', `${folder}:/in:ro`, '-v', `${findProgram('uv')}:/usr/local/bin/uv:ro`];
  const ran = docker(
    'run',
    '--rm',
    '--name',
    name,
    '--network',
    'host',
    ...mounts,
    '-e',
    'UV_NO_CONFIG=1',
    '-e',
    'PIP_ROOT_USER_ACTION=ignore',
    ...options,
    image,
    'sh',
    '-ec',
    script,
  );
  return ran.finally(() => rm(folder, { recursive: true, force: true }));
}

/** Containers of builds that are on the engine now. */
export async function buildContainers(): Promise<string[]> {
  return (await docker('ps', '-aq', '--filter', 'label=wheelmill.job')).split('\n').filter(Boolean);
}
