import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A Docker engine that nobody else uses, so that it can be killed. */
export type OwnEngine = {
  /** For DOCKER_HOST. */
  host: string;
  socketPath: string;
  /** Kills it as `kill -9` does, and starts it again; what ran in it ends. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

const run = promisify(execFile);
const START_TRIES = 120;
const BETWEEN_TRIES_MS = 500;

/**
 * Starts one, as root, with these images of the machine's own engine. Builds here need no network, so it has a namespace without
 * any: an engine that is to have no bridge removes the one that it finds. Its mounts are its own, too, and end with it.
 */
export async function startEngine(images: readonly string[]): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const host = `unix://${socketPath}`;
  const places = [
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
  ];
  const log = await open(join(folder, 'log'), 'a');
  const start = async (): Promise<ChildProcess> => {
    const stdio = ['ignore', log.fd, log.fd] as const;
    const command = ['--net', '--mount', 'dockerd', '--host', host, ...places, '--bridge=none', '--iptables=false'];
    const engine = spawn('unshare', command, {
      stdio: [...stdio],
    });
    for (let go = 0; go < START_TRIES; go++) {
      if (engine.exitCode !== null) break;
      const answers = await run('docker', ['--host', host, 'info']).then(
        () => true,
        () => false,
      );
      if (answers) return engine;
      await after(BETWEEN_TRIES_MS);
    }
    throw new Error(`the soak's engine did not start:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-2000)}`);
  };
  const end = async (engine: ChildProcess, signal: NodeJS.Signals) => {
    const ended = engine.exitCode === null ? once(engine, 'exit') : undefined;
    engine.kill(signal);
    await ended;
  };

  /** It is the engine's child, and would be waited for in vain while it dies with it. */
  const killContainerd = async () => {
    const file = join(folder, 'exec/containerd/containerd.pid');
    const pid = Number(await readFile(file, 'utf8').catch(() => '0'));
    try {
      if (pid > 0) for (process.kill(pid, 'SIGKILL'); ; process.kill(pid, 0)) await after(50);
    } catch {
      // It is gone.
    }
    await rm(file, { force: true });
  };

  let engine = await start();
  const saved = spawn('docker', ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] });
  const loaded = spawn('docker', ['--host', host, 'load', '--quiet'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(loaded, 'exit');
  await pipeline(saved.stdout, loaded.stdin);
  await ended;
  if (loaded.exitCode !== 0) throw new Error("the images could not be given to the soak's engine");
  return {
    host,
    socketPath,
    async restart() {
      await end(engine, 'SIGKILL');
      await killContainerd();
      // A later process with that number would keep a new one from starting.
      await rm(join(folder, 'pid'), { force: true });
      engine = await start();
    },
    async close() {
      await end(engine, 'SIGTERM');
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
