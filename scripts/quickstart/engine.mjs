// The Docker engine that builds, and a docker client that can do what the proof needs.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ask, Failure, run } from './shell.mjs';

// The distribution's own client is preferred: it is of one version with the engine that --install-engine installs.
const clients = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', ...(process.env.PATH ?? '').split(delimiter)]
  .map((folder) => join(folder, 'docker'))
  .filter((path, at, all) => all.indexOf(path) === at && existsSync(path));

// As the server looks for one (src/workers/choose-builder.ts), which cannot be asked before it is compiled.
const { DOCKER_HOST, DOCKER_CONTEXT, HOME = '', XDG_RUNTIME_DIR = '' } = process.env;
const sockets = [
  ...['/var/run/docker.sock', '/run/docker.sock', join(XDG_RUNTIME_DIR, 'docker.sock')],
  ...[join(HOME, '.docker/run/docker.sock'), join(HOME, '.docker/desktop/docker.sock')],
];

/** Whether no engine is installed or configured here; one that is only down is not absent. */
export const isEngineAbsent = !DOCKER_HOST && !DOCKER_CONTEXT && clients.length === 0 && !sockets.some(existsSync);

export const HOW_TO_INSTALL =
  process.platform === 'linux'
    ? `npm run quickstart -- --install-engine     (Debian and Ubuntu, as root)
  or by hand: apt-get install docker.io docker-cli docker-buildx, then npm run quickstart`
    : 'Docker Desktop, from docker.com, then npm run quickstart';

const HOW_TO_GET_BUILDX =
  "Install its buildx plugin (docker-buildx-plugin of Docker's own packages, docker-buildx of Debian and Ubuntu)";

const HOW_TO_GET_ONE =
  process.platform === 'linux'
    ? `Start the one you have (for example: sudo systemctl start docker), or get one:
  on Debian and Ubuntu, as root:  npm run quickstart -- --install-engine
  elsewhere: install Docker, then run this again`
    : 'Start Docker Desktop (or install it from docker.com), then run this again.';

/** Returns when an engine answers; installs one first where that was asked for. */
export async function requireEngine({ install }) {
  if (await answers()) return;
  if (!install) throw new Failure(`no Docker engine answers${await why()}.\n${HOW_TO_GET_ONE}`);
  await run('bash', ['scripts/setup/engine.sh'], { failure: 'the Docker engine could not be installed' });
}

async function answers() {
  for (const client of clients) {
    if ((await ask(client, ['info', '--format', '{{.ServerVersion}}'])) === undefined) continue;
    await followContext(client);
    return true;
  }
  return false;
}

/** The docker client may talk to another engine than the default one; the server must talk to the same. */
async function followContext(client) {
  if (process.env.DOCKER_HOST) return;
  const host = await ask(client, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  if (host && host !== 'unix:///var/run/docker.sock') process.env.DOCKER_HOST = host;
}

async function why() {
  if (process.env.DOCKER_HOST) return ` at DOCKER_HOST=${process.env.DOCKER_HOST}`;
  const socket = '/var/run/docker.sock';
  return existsSync(socket) ? ` on ${socket}, or this user may not use it (group "docker")` : '';
}

/**
 * A docker client that builds with BuildKit: `RUN --mount=type=bind` needs it. Up to 22 it is in the client, from 23 on
 * it is the buildx plugin.
 */
export async function findBuildClient() {
  for (const client of clients.length > 0 ? clients : ['/usr/bin/docker']) if (await hasBuildKit(client)) return client;
  throw new Failure(`the docker client here cannot build with BuildKit. ${HOW_TO_GET_BUILDX}, then run this again.`);
}

/**
 * Says so when the `docker` that a person's shell finds is not the one of the proof and cannot build the lines that are
 * going to be printed.
 */
export async function warnOfClient(client) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const own = folders.map((folder) => join(folder, 'docker')).find(existsSync);
  if (own === undefined || own === client || (await hasBuildKit(own))) return;
  process.stdout.write(`Note: ${own}, which your shell calls docker, cannot build with BuildKit, and the lines that are printed here need it.
  ${HOW_TO_GET_BUILDX}. The proof is done with ${client}.
`);
}

async function hasBuildKit(client) {
  const version = await ask(client, ['version', '--format', '{{.Client.Version}}']);
  if (version === undefined) return false;
  return Number.parseInt(version, 10) < 23 || (await ask(client, ['buildx', 'version'])) !== undefined;
}
