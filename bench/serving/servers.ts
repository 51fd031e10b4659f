import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts, startService } from '../../test/services/process.ts';
import { findProgram, stateDir } from '../../test/services/state.ts';
import type { BenchWheel } from '../wheel.ts';
import type { BenchScope } from './bench-scope.ts';

/** A server under measurement, listening at `base` (no slash at its end). */
export type Contestant = { name: string; pid: number; base: string };

export async function newFolder(scope: BenchScope, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'wheelmill-bench-'));
  scope.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

type Command = [file: string, ...args: string[]];

/** Starts a program that listens on a free port of the loopback address; ready when `path` answers 200. */
async function startServer(
  scope: BenchScope,
  name: string,
  path: string,
  command: (port: number) => Command | Promise<Command>,
  environment: Record<string, string> = {},
): Promise<Contestant> {
  const [port = 0] = await freePorts(1);
  const [file, ...args] = await command(port);
  const base = `http://127.0.0.1:${port}`;
  const service = await startService(
    file,
    args,
    async (_output, ended) => {
      while (!(await fetch(base + path).catch(() => undefined))?.ok) await after(50, undefined, { signal: ended });
    },
    environment,
  );
  scope.teardown(service.stop);
  return { name, pid: service.pid, base };
}

/** nginx with one of the configurations beside this file. */
export async function startNginx(
  scope: BenchScope,
  configuration: 'nginx-files' | 'nginx-s3',
  path: string,
  words: Record<string, string>,
): Promise<Contestant> {
  const folder = await newFolder(scope);
  const file = join(folder, 'nginx.conf');
  const text = await readFile(new URL(`${configuration}.conf`, import.meta.url), 'utf8');
  return startServer(scope, 'nginx', path, async (port) => {
    const filled = Object.entries({ ...words, folder, port: String(port) });
    await writeFile(
      file,
      filled.reduce((so, [word, value]) => so.replaceAll(`{${word}}`, value), text),
    );
    return [findProgram('nginx'), '-c', file, '-e', join(folder, 'error.log')];
  });
}

/** With their versions, as bench/setup.sh has installed them. */
export const peers = (): string =>
  ['pypiserver', 'devpi', 'proxpi']
    .map((peer) => readFileSync(join(stateDir, 'bench', peer, 'installed'), 'utf8').trim())
    .join(', ');

const program = (peer: string, name: string) => join(stateDir, 'bench', peer, 'bin', name);

/** A folder of wheels, with pypiserver's cache of their hashes; 'auto' takes waitress. */
export async function startPypiserver(scope: BenchScope, wheels: readonly BenchWheel[]): Promise<Contestant> {
  const folder = await newFolder(scope);
  for (const { filename, bytes } of wheels) await writeFile(join(folder, filename), bytes);
  return startServer(scope, 'pypiserver', `/simple/${wheels[0]?.project}/`, (port) => [
    program('pypiserver', 'pypi-server'),
    ...['run', '-i', '127.0.0.1', '-p', String(port), '--disable-fallback', '--backend', 'cached-dir'],
    ...['--server', 'auto', '--log-stream', 'none', folder],
  ]);
}

/** A new index without bases on devpi-server's own defaults; the wheels are uploaded to it. */
export async function startDevpi(scope: BenchScope, wheels: readonly BenchWheel[]): Promise<Contestant> {
  const folder = await newFolder(scope);
  await promisify(execFile)(program('devpi', 'devpi-init'), ['--serverdir', folder, '--root-passwd', 'bench']);
  const devpi = await startServer(scope, 'devpi-server', '/+api', (port) => [
    program('devpi', 'devpi-server'),
    ...['--serverdir', folder, '--host', '127.0.0.1', '--port', String(port), '--offline-mode'],
  ]);
  const call = async (path: string, init: RequestInit) => {
    const answer = await fetch(devpi.base + path, init);
    if (!answer.ok) throw new Error(`devpi-server answered ${answer.status} to ${path}: ${await answer.text()}`);
    return answer;
  };
  const json = { accept: 'application/json', 'content-type': 'application/json' };
  const login = await call('/+login', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ user: 'root', password: 'bench' }),
  });
  const { result } = (await login.json()) as { result: { password: string } };
  const auth = { 'x-devpi-auth': Buffer.from(`root:${result.password}`).toString('base64') };
  const index = JSON.stringify({ type: 'stage', bases: [], volatile: true });
  await call('/root/bench', { method: 'PUT', headers: { ...json, ...auth }, body: index });
  for (const { project, version, filename, bytes } of wheels) {
    const form = new FormData();
    const fields = { ':action': 'file_upload', name: project, version, filetype: 'bdist_wheel', pyversion: 'py3' };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('content', new Blob([new Uint8Array(bytes)]), filename);
    await call('/root/bench/', { method: 'POST', headers: auth, body: form });
  }
  return devpi;
}

/** proxpi as its image runs it, with one worker; nginx is the index that it caches. */
export function startProxpi(scope: BenchScope, index: string, project: string): Promise<Contestant> {
  return startServer(
    scope,
    'proxpi',
    `/index/${project}/`,
    (port) => [
      program('proxpi', 'gunicorn'),
      ...['--bind', `127.0.0.1:${port}`, '--workers', '1', '--threads', '8', '--preload', 'proxpi.server:app'],
    ],
    { PROXPI_INDEX_URL: `${index}/simple/`, PROXPI_LOGGING_LEVEL: 'WARNING' },
  );
}
