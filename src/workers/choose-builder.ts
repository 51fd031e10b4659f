import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Config } from '../config.ts';
import { isLoopback } from '../core/loopback.ts';
import { LOCAL_TARGETS } from '../target-grammar.ts';

/** Folders in which a docker program may be though PATH does not have them. */
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * Decides once, at the start, what builds. `auto` takes processes of this machine only where no engine is installed or
 * configured, nobody else reaches the server and no setting asks for images: never because an engine is down, which is
 * waited for.
 *
 * @param exists whether there is a file of this name
 * @returns the settings with `docker` or `process` in them, and with it the targets.
 */
export function settleBuilder(config: Config, exists: (path: string) => boolean = existsSync): Config {
  if (config.builder !== 'auto') return config;
  const { environment } = config;
  const asksForEngine =
    !isLoopback(config.host) || config.queueUrl !== undefined || Boolean(environment.WHEELMILL_TARGETS);
  if (asksForEngine || hasEngine(environment, exists)) return { ...config, builder: 'docker' };
  return { ...config, builder: 'process', targets: LOCAL_TARGETS };
}

/** What is said of the choice when a server starts; undefined for the usual one. */
export function choiceInWords(asked: Config, settled: Config): string | undefined {
  if (settled.builder !== 'process') return undefined;
  const why =
    asked.builder === 'process'
      ? 'WHEELMILL_BUILDER=process'
      : 'No Docker engine is installed or configured (no DOCKER_HOST, no socket, no docker program)';
  return (
    `${why}: builds are UNSANDBOXED processes of this machine, for the target local only. ` +
    'For images, and for builds that are kept in, install an engine and start again.'
  );
}

function hasEngine(environment: Config['environment'], exists: (path: string) => boolean): boolean {
  const { DOCKER_HOST, DOCKER_CONTEXT, PATH, HOME, XDG_RUNTIME_DIR } = environment;
  if (DOCKER_HOST || DOCKER_CONTEXT) return true;
  const sockets = ['/var/run/docker.sock', '/run/docker.sock'];
  if (XDG_RUNTIME_DIR) sockets.push(join(XDG_RUNTIME_DIR, 'docker.sock'));
  if (HOME) sockets.push(join(HOME, '.docker/run/docker.sock'), join(HOME, '.docker/desktop/docker.sock'));
  const folders = [...(PATH ?? '').split(delimiter).filter(Boolean), ...USUAL_FOLDERS];
  return [...sockets, ...folders.map((folder) => join(folder, 'docker'))].some(exists);
}
