import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import type { Test } from 'tap';
import { freePorts, startService } from './process.ts';
import { findProgram, missing } from './state.ts';

const run = promisify(execFile);
const USER = 'wheelmill-rootless';

/** What a test needs to reach an engine: what DOCKER_HOST has, and the same as dockerode takes it. */
export type OtherEngine = { host: string; docker: { host: string; port: number; protocol: 'http' } };

/**
 * Starts a rootless Docker engine of this test alone, as another user, which is reached over TCP on loopback. It has no images, and
 * no network to give to containers. It ends with the test.
 */
export async function startRootlessEngine(t: Pick<Test, 'teardown'>): Promise<OtherEngine> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(idOf));
  const [port] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-rootless-'));
  await chown(folder, uid!, gid!);
  const host = `tcp://127.0.0.1:${port}`;
  const dockerd = [
    ...[findProgram('dockerd'), '--rootless', '--host', host, '--bridge=none', '--iptables=false'],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
  ];
  const docker = { host: '127.0.0.1', port: port!, protocol: 'http' as const };
  const client = new Docker(docker);
  // With a namespace of processes nothing of it outlives its first one.
  const kit = [findProgram('rootlesskit'), '--net=host', '--pidns', '--copy-up=/etc', '--copy-up=/run'];
  const clean = ['sh', '-c', 'rm -rf /run/docker /run/containerd /run/xtables.lock; exec "$@"', 'sh'];
  const service = await startService(
    'setpriv',
    [...['--reuid', USER, '--regid', USER, '--clear-groups'], ...kit, ...clean, ...dockerd],
    (output) =>
      new Promise((resolve) => {
        output((text) => text.includes('API listen on') && resolve());
      }),
    { HOME: folder, XDG_RUNTIME_DIR: folder },
  );
  t.teardown(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await client.ping();
  return { host, docker };
}

async function idOf(flag: string): Promise<number> {
  const { stdout } = await run('id', [flag, USER]).catch((cause) => {
    throw missing(`There is no user ${USER}`, cause);
  });
  return Number(stdout);
}
