import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missing, stateDir } from './state.ts';

const run = promisify(execFile);

/** A pair of images on this machine: wheels are built in the one and installed in the other. */
export interface TestTarget {
  build: string;
  runtime: string;
}

/** The image pairs that the set-up pulled or built, the newest Python first. Throws when it has not run. */
export function testTargets(): TestTarget[] {
  const file = join(stateDir, 'targets.env');
  const value = existsSync(file) ? /^WHEELMILL_TARGETS=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  if (value === undefined) throw missing('No image pair for the tests was set up');
  return value.split(',').map((pair) => {
    const [build, runtime] = pair.split('=') as [string, string];
    return { build, runtime };
  });
}

const client = () => (existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker');

/** Runs the docker client, the distribution's own first, and gives back what it printed. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run(client(), args, { maxBuffer: 1 << 24 });
  return stdout.trim();
}

/** Builds an image of a Dockerfile, on the host's network, with BuildKit. */
export async function dockerBuild(options: {
  tag: string;
  file: string;
  context: string;
  arguments: Record<string, string>;
  noCache?: boolean;
  /** Files by the ids of secrets. */
  secrets?: Record<string, string>;
}): Promise<void> {
  const values = Object.entries(options.arguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const args = [
    'build',
    '--network=host',
    ...(options.noCache ? ['--no-cache'] : []),
    ...Object.entries(options.secrets ?? {}).flatMap(([id, path]) => ['--secret', `id=${id},src=${path}`]),
    '-t',
    options.tag,
    '-f',
    options.file,
    ...values,
    options.context,
  ];
  const env = { ...process.env, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' };
  await run(client(), args, { maxBuffer: 1 << 24, env }).catch((error) => {
    throw new Error(`docker build failed: ${error.stderr}`, { cause: error });
  });
}

/** Throws when no Docker engine answers. Gives the engine's version. */
export async function dockerAvailable(): Promise<string> {
  try {
    return await docker('version', '--format', '{{.Server.Version}}');
  } catch (cause) {
    throw missing('No Docker engine answers', cause);
  }
}
