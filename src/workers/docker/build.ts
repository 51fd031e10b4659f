import type { Target } from '../../core/records/target.ts';
import { BuildFailure } from '../../errors.ts';
import type { BuildProduct, BuildTask, Run } from '../builder.ts';
import { buildCommand, frontEndName } from '../run/front-end.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { type Engine, isEngineTrouble, messageOf } from './engine.ts';
import { findIdentity, type LocalImage } from './identity.ts';
import type { Packages } from './packages.ts';
import { putSource } from './source.ts';
import { supervise } from './supervise.ts';
import { type Toolbox, withToolbox } from './toolbox.ts';
import { UV } from './toolbox-places.ts';
import { takeWheel } from './transfer.ts';

/** What builds share on one engine. */
export type Tools = { engine: Engine; toolbox: Toolbox; packages: Packages };

const OUT = `${BUILD_FOLDER}/out`;

/**
 * The image a target was probed with, wherever its name points by now: that of builds, or the one wheels are for. Throws
 * BuildFailure `worker-lost` without it.
 */
export async function imageOf(engine: Engine, target: Target, which: 'build' | 'runtime' = 'build') {
  const { platform } = target;
  const { reference, identity } = target[which];
  const image = await findIdentity(engine.docker, reference, identity, platform).catch((error) => {
    if (!isEngineTrouble(error)) throw error;
    throw new BuildFailure('worker-lost', `The Docker engine does not answer: ${messageOf(error)}.`, { cause: error });
  });
  if (image !== undefined) return image;
  throw new BuildFailure(
    'worker-lost',
    `The Docker engine of this worker does not have the image ${reference} that the target was made for.`,
  );
}

/**
 * Makes one sdist into one wheel, in a container of its own. Which build requirements were used is not said here: the
 * front end keeps that to itself, the gateway of the run has seen what was fetched, and the caller fills it in.
 */
export async function buildWheel(
  { engine, toolbox, packages }: Tools,
  task: BuildTask,
  run: Run,
): Promise<BuildProduct> {
  const base = await imageOf(engine, task.target);
  const { executable: python } = task.target.python;
  const image = await packages.image(base, python, task.recipe.packages, run);
  return withToolbox(toolbox, { image: base, python, run }, (volume) => attempt(engine, volume, image, task, run));
}

async function attempt(
  engine: Engine,
  volume: string,
  image: LocalImage,
  task: BuildTask,
  run: Run,
): Promise<BuildProduct> {
  const { recipe, target } = task;
  const python = target.python.executable;
  const supervised = {
    what: 'The build',
    run,
    image,
    python,
    toolbox: { volume, readOnly: true },
  };
  return supervise(engine, supervised, async (inside) => {
    const { folder, environment } = await putSource(inside, task, run);
    const command = buildCommand(recipe, { uv: UV, python, out: OUT, source: folder });
    await inside.step({ arguments: withCompilers(command), user: BUILD_USER, folder, environment });
    const wheel = await takeWheel(inside, python, { folder: task.outputFolder, most: run.limits.wheelBytes });
    return { ...wheel, buildRequirements: [], frontEnd: frontEndName(task) };
  });
}

/** Runs a command with the compilers that prepare.py wrapped before those of the image. */
export function withCompilers(command: string[]): string[] {
  return ['/bin/sh', '-c', 'PATH="$0:$PATH" && export PATH && exec "$@"', `${BUILD_FOLDER}/compilers`, ...command];
}
