import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import pino from 'pino';
import { normalizeName } from '../../src/core/names.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { writeTarget } from '../../src/storage/target-records.ts';
import { openUpstream } from '../../src/upstream/open-upstream.ts';
import { createDockerBuilder } from '../../src/workers/docker/docker-builder.ts';
import { createGateway } from '../../src/workers/gateway.ts';
import type { TestTarget } from '../../test/services/docker.ts';
import { median, type Row } from '../report.ts';
import { post, startServer } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 3;
const CLIENT = '/usr/bin/docker';

type WarmIndex = {
  url: string;
  upstreamCache: string;
  /** Path of an sdist of that project and version on this machine. */
  sdist(name: string, version: string): Promise<string>;
  stop(): Promise<void>;
};

/** An index on loopback that reads upstream through a warm cache: the same source of bytes for every contestant. */
export async function startWarmIndex(folder: string, target: TestTarget): Promise<WarmIndex> {
  const bucket = join(folder, 'bucket');
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { recursive: true });
  const store = createFileStore({ folder: bucket });
  // The target's pip knows the upstream index where this machine configures none.
  const builder = createDockerBuilder({ owner: 'bench' });
  const pair = { name: 'bench', build: target.build, runtime: target.runtime };
  await writeTarget(store, await builder.probe(pair, { signal: AbortSignal.timeout(60_000) }));
  const { upstream } = openUpstream({ store, environment: process.env });
  const gateway = await createGateway({ upstream, store, scratch, log: pino({ level: 'warn' }) });
  const view = gateway.view({ storedWheels: false });
  const server = createServer().listen(0, '127.0.0.1');
  server.removeAllListeners('connection');
  server.on('connection', (socket) => view.accept(socket));
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    upstreamCache: join(bucket, 'upstream'),
    async sdist(name, version) {
      const project = await upstream.project(normalizeName(name));
      const file = project?.files.find((one) => one.kind === 'sdist' && one.sdist.version === version);
      if (!file) throw new Error(`upstream has no sdist of ${name} ${version}`);
      const fetched = await upstream.fetch(file, { folder: scratch });
      const path = join(scratch, file.filename);
      await rename(fetched.path, path);
      return path;
    },
    async stop() {
      server.close();
      await gateway.close();
      await upstream.close();
    },
  };
}

/** Wall time of one container that runs `script` with the index at PIP_INDEX_URL and UV_DEFAULT_INDEX, in seconds. */
async function container(image: string, index: string, script: string, mounts: string[]): Promise<number> {
  const before = performance.now();
  const environment = ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX'].flatMap((name) => ['-e', `${name}=${index}`]);
  const volumes = mounts.flatMap((one) => ['-v', one]);
  await run(CLIENT, ['run', '--rm', '--network', 'host', ...environment, ...volumes, image, 'sh', '-ec', script], {
    maxBuffer: 1 << 26,
  });
  return (performance.now() - before) / 1000;
}

/** The toolbox is installed once a machine, at the first build; neither contestant has that in its time. */
async function warmUp(url: string): Promise<void> {
  await post(url, 'antlr4-python3-runtime==4.9.3', 'wait=600&deps=false');
}

const seconds = (times: number[]) => `${median(times).toFixed(1)} s (${times.map((one) => one.toFixed(1)).join(', ')})`;

/**
 * The twelve projects of `bench/builds/twelve.txt`: Wheelmill from POST to ready, against `pip wheel` and against uv, each in one
 * container of the same image, all from a warm upstream cache and with nothing built before.
 */
export async function benchTwelve(target: TestTarget, uv: string, environment: Record<string, string>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-'));
  const list = join(process.cwd(), 'bench/builds/twelve.txt');
  const index = await startWarmIndex(folder, target);
  try {
    const mounts = [`${list}:/list.txt:ro`, `${uv}:/usr/local/bin/uv:ro`];
    const withPip = () =>
      container(
        target.build,
        index.url,
        'pip wheel --no-cache-dir --disable-pip-version-check -q -w /tmp/wheels -r /list.txt',
        mounts,
      );
    const withUv = () =>
      container(target.build, index.url, 'uv pip install -q --no-config --target /tmp/installed -r /list.txt', mounts);
    await withPip();
    await withUv();
    const ours: number[] = [];
    const pip: number[] = [];
    const uvTimes: number[] = [];
    const text = await readFile(list, 'utf8');
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await wheelmill(folder, round, index.upstreamCache, text, environment));
      pip.push(await withPip());
      uvTimes.push(await withUv());
    }
    const toPip = median(ours) / median(pip);
    const toUv = median(ours) / median(uvTimes);
    return [
      { what: 'twelve sdist-only projects, Wheelmill, median of 3', value: seconds(ours), goal: '', met: true },
      { what: '`pip wheel` in one container', value: seconds(pip), goal: '', met: true },
      { what: 'uv in one container, builds in parallel', value: seconds(uvTimes), goal: '', met: true },
      {
        what: 'Wheelmill / pip',
        value: toPip.toFixed(2),
        goal: '<= 0.6',
        met: toPip <= 0.6,
        toMeetIt:
          'more processors than two (the longest builds compile in parallel by themselves, so that pip alone keeps both busy for ' +
          'much of its time), or build environments kept ready for common sets of build requirements.',
      },
      { what: 'Wheelmill / uv', value: toUv.toFixed(2), goal: '<= 1.25', met: toUv <= 1.25 },
    ];
  } finally {
    await index.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function wheelmill(
  folder: string,
  round: number,
  cache: string,
  list: string,
  environment: Record<string, string>,
): Promise<number> {
  const data = join(folder, `round-${round}`);
  await cp(cache, join(data, 'bucket/upstream'), { recursive: true });
  const server = await startServer(data, environment);
  try {
    await warmUp(server.url);
    const before = performance.now();
    const ended = await post(server.url, list, 'wait=600&deps=true');
    const time = (performance.now() - before) / 1000;
    if (ended.state !== 'ready') throw new Error(`the list ended ${ended.state}`);
    return time;
  } finally {
    await server.stop();
  }
}

/** One small build through everything, against the bare `uv build` inside a running container of the same image. */
export async function benchOverhead(
  target: TestTarget,
  uv: string,
  environment: Record<string, string>,
): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-'));
  const index = await startWarmIndex(folder, target);
  const projects = ['crcmod==1.7', 'netifaces==0.11.0', 'pycosat==0.6.6', 'sgmllib3k==1.0.0'];
  try {
    const differences: number[] = [];
    // Timed inside: only the command itself, no container.
    const bare =
      's=$(date +%s%N); uv build -q --no-config --wheel -o /tmp/out /sdist/*; e=$(date +%s%N); echo $(( (e - s) / 1000000 ))';
    for (const round of [0, 1]) {
      const data = join(folder, `round-${round}`);
      await mkdir(data, { recursive: true });
      if (round > 0) await cp(index.upstreamCache, join(data, 'bucket/upstream'), { recursive: true });
      const server = await startServer(data, environment);
      try {
        await warmUp(server.url);
        for (const project of projects) {
          const [name = '', version = ''] = project.split('==');
          const path = await index.sdist(name, version);
          const mounts = ['-v', `${uv}:/usr/local/bin/uv:ro`, '-v', `${path}:/sdist/${basename(path)}:ro`];
          const environment = ['-e', `UV_DEFAULT_INDEX=${index.url}`];
          const { stdout } = await run(CLIENT, [
            'run',
            '--rm',
            '--network',
            'host',
            ...mounts,
            ...environment,
            target.build,
            'sh',
            '-ec',
            bare,
          ]);
          const before = performance.now();
          await post(server.url, project, 'wait=600&deps=false');
          if (round > 0) differences.push(performance.now() - before - Number(stdout.trim()));
        }
      } finally {
        await server.stop();
      }
    }
    const extra = median(differences) / 1000;
    return [
      {
        what: `one build from POST to ready beyond the bare \`uv build\`, median of ${projects.length} projects`,
        value: `${extra.toFixed(2)} s`,
        goal: '<= 1 s',
        met: extra <= 1,
      },
    ];
  } finally {
    await index.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
