import { quoted } from '../../core/faults.ts';
import { WheelmillError } from '../../errors.ts';
import type { Builder, Gateway } from '../builder.ts';
import type { Archive } from '../debian/archive.ts';
import { buildWheel, imageOf } from './build.ts';
import { createCompiled } from './compiled.ts';
import { connectEngine, createEngine, type Engine, type EngineOptions, engineError } from './engine.ts';
import { engineFacts } from './engine-facts.ts';
import { requireLimits } from './engine-limits.ts';
import { finishWheel } from './finish.ts';
import { prepareMetadata } from './metadata.ts';
import { createPackages } from './packages.ts';
import { inTime } from './patience.ts';
import { probePair } from './probe.ts';
import { proveWheels } from './prove.ts';
import { resolveList } from './resolve.ts';
import { sweepContainers } from './sweep.ts';
import { createToolbox } from './toolbox.ts';

export type DockerBuilderOptions = {
  /** Id of this installation, in the labels of its containers: servers that share an engine sweep only their own. */
  owner: string;
  /** How the engine is reached; left out, DOCKER_HOST is honoured, else the local socket is used. */
  docker?: EngineOptions;
  /** In which DOCKER_HOST and DOCKER_CONTEXT are looked at. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** What the build tools are installed through: upstream's files only. Left out, the gateway of the run that needs them. */
  gateway?: Gateway;
  /** The engine's name of the runtime that containers run with; its own, left out. */
  runtime?: string | undefined;
  /** Milliseconds that the engine has to answer and to end containers; PATIENCE_MS, left out. */
  patience?: number;
  /** What becomes of an engine that cannot limit memory, processors or processes; `refuse`, left out. */
  missingLimits?: 'refuse' | 'accept' | undefined;
  /** Most bytes of the engine's disk that one set of Debian packages may take; any number, left out. */
  maxDebianBytes?: number;
  /** What Debian packages are read through; without it no recipe can ask for any. */
  archive?: Archive;
};

/** Read-only root file systems with tmpfs, init and private cgroups: what the containers are made of. */
const OLDEST_API = 1.41;

/**
 * The builder that runs everything in containers of a Docker engine. Connects at the first call.
 * @throws WheelmillError `bad-config` when DOCKER_HOST cannot be understood
 */
export function createDockerBuilder(options: DockerBuilderOptions): Builder {
  const { owner, docker, runtime, missingLimits = 'refuse', gateway, archive, maxDebianBytes, environment } = options;
  const engine = createEngine(owner, connectEngine(docker, environment), runtime, options.patience);
  const toolbox = createToolbox(engine, gateway);
  const compiled = createCompiled(engine);
  const packages = createPackages(engine, archive, maxDebianBytes);
  const check = async () => {
    const { api, os, rootless, missingLimits: missing } = await engineFacts(engine);
    if (Number(api) < OLDEST_API || os !== 'linux')
      throw new WheelmillError(
        'engine-unavailable',
        `The Docker engine speaks API ${api} for ${os}; Linux and API ${OLDEST_API} are needed. Update Docker.`,
      );
    if (missingLimits === 'refuse') requireLimits(missing, rootless);
    await checkRuntime(engine);
  };
  return {
    kind: 'docker',
    probe: async (pair, { signal }) => {
      await check();
      return probePair(engine, pair, signal);
    },
    about: async () => {
      const asked = Promise.all([engine.docker.info(), engine.docker.version()]);
      const [info, version] = await inTime(asked, engine.patience).catch((error) => {
        throw engineError(error);
      });
      const platform = `${version.Os}/${version.Arch}`;
      return { version: `Docker ${version.Version}`, platform, cpus: info.NCPU, memory: info.MemTotal };
    },
    build: (task, run) => buildWheel({ engine, toolbox, packages }, task, run),
    metadata: (task, run) => prepareMetadata({ engine, toolbox, packages }, task, run),
    finish: (task, run) => finishWheel({ engine, toolbox, packages }, task, run),
    prove: (task, run) => proveWheels({ engine, packages, compiled }, task, run),
    packageWith: async (missing, target, run) => {
      const base = await imageOf(engine, target);
      const { codename: suite } = target.distribution;
      return packages.packageWith(missing, { base, python: target.python.executable, suite, run });
    },
    resolve: (task, run) => resolveList(engine, toolbox, task, run),
    sweep: async (isAlive) => {
      const containers = await sweepContainers(engine, isAlive);
      const images = await packages.sweep().catch((error) => {
        throw engineError(error);
      });
      return containers + images;
    },
    check,
    close: async () => {},
  };
}

/** Throws WheelmillError `engine-unavailable` where the engine does not know the runtime that was asked for. */
async function checkRuntime({ docker, runtime, patience }: Engine): Promise<void> {
  if (runtime === undefined) return;
  const info = await inTime(docker.info(), patience).catch((error) => {
    throw engineError(error);
  });
  const known = Object.keys(info.Runtimes ?? {});
  if (known.includes(runtime)) return;
  throw new WheelmillError(
    'engine-unavailable',
    `The Docker engine has no runtime ${quoted(runtime)} (WHEELMILL_RUNTIME). It has: ${known.join(', ')}. Add it to the engine's daemon.json, or take one of these.`,
  );
}
