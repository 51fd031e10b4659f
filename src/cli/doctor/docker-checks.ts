import { access } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { WheelmillError } from '../../errors.ts';
import type { Builder } from '../../workers/builder.ts';
import { createDockerBuilder } from '../../workers/docker/docker-builder.ts';
import { connectEngine, createEngine, type Engine } from '../../workers/docker/engine.ts';
import { engineFacts } from '../../workers/docker/engine-facts.ts';
import type { BuilderChecks } from './builder-checks.ts';
import { type Check, notLookedAt } from './check.ts';
import { type DoctorContext, openContext } from './context.ts';
import type { Room } from './disk.ts';
import { dockerClientCheck } from './docker-client.ts';
import { engineCheck } from './engine.ts';
import { memoryCheck } from './memory.ts';
import { networkCheck } from './network.ts';
import { missingImages, targetCheck } from './targets.ts';

/** What the checks of a Docker engine share beside the common. */
export type DockerContext = DoctorContext & { engine: Engine };

const GIB = 1024 ** 3;

/** The examination of a Docker engine: itself, the targets' images, the network of a build, its memory, clock and disk. */
export async function dockerChecks(config: Config): Promise<BuilderChecks> {
  const engine = createEngine(config.instance, connectEngine(undefined, config.environment), config.runtime);
  const builder = createDockerBuilder({
    owner: config.instance,
    runtime: config.runtime,
    missingLimits: config.missingLimits,
  });
  const context = { ...(await openContext(config, { ...builder, probe: probeWhatIsThere(engine, builder) })), engine };
  return {
    context,
    checks: [
      engineCheck(context),
      ...[...config.targets.map((pair) => targetCheck(context, pair)), networkCheck(context), memoryCheck(context)].map(
        (check) => onlyWithEngine(context, check),
      ),
      dockerClientCheck(context),
    ],
    clocks: [{ name: 'engine', read: async () => Date.parse((await engineFacts(engine)).SystemTime) }],
    rooms: () => engineRooms(engine),
  };
}

/** What needs an engine says so in few words where there is none: what to do about it is said once. */
function onlyWithEngine({ builder }: DockerContext, check: Check): Check {
  return {
    ...check,
    look: async (signal) => {
      const answers = await builder.check().then(
        () => true,
        () => false,
      );
      return answers ? check.look(signal) : notLookedAt('no engine can be used', 'First see to the engine.');
    },
  };
}

/** A server fetches what is missing, which can take minutes. */
function probeWhatIsThere(engine: Engine, { probe }: Builder): Builder['probe'] {
  return async (pair, options) => {
    const missing = await missingImages(engine, pair);
    if (missing.length === 0) return probe(pair, options);
    throw new WheelmillError('engine-unavailable', `${missing.join(' and ')} not on the engine.`);
  };
}

/** The engine's own folder, where it is on this machine. Builds work in memory; images and the toolbox are there. */
async function engineRooms(engine: Engine): Promise<Room[]> {
  const path = await engineFacts(engine).then(
    (facts) => facts.DockerRootDir,
    () => undefined,
  );
  const isLocal = (engine.docker.modem as { socketPath?: string }).socketPath !== undefined;
  const isThere =
    path !== undefined &&
    (await access(path).then(
      () => true,
      () => false,
    ));
  if (!isLocal || !isThere) return [];
  const advice =
    'Free some space: "docker system df" says what takes it, "docker image prune" removes what is not used.';
  return [{ name: 'engine', path, need: 2 * GIB, advice }];
}
