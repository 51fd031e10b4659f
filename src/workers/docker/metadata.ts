import { BuildFailure } from '../../errors.ts';
import type { MetadataTask, Run } from '../builder.ts';
import { pythonCommand, RUN_SCRIPTS } from '../run/scripts.ts';
import { StepFailed } from '../run/step-failed.ts';
import { imageOf, type Tools, withCompilers } from './build.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { putSource } from './source.ts';
import { type Supervised, supervise } from './supervise.ts';
import { withToolbox } from './toolbox.ts';
import { UV } from './toolbox-places.ts';

/** Exit code of metadata.py. */
const CANNOT_TELL = 5;
/** In base64; the longest in the wild have descriptions of some hundred KiB. */
const MAX_ANSWER = 6 * 1024 * 1024;

/**
 * Asks an sdist's build back-end what its wheel would say of itself, in a container of its own, by PEP 517's
 * `prepare_metadata_for_build_wheel`. A build environment is made for it, nothing is compiled.
 *
 * @returns the METADATA as it came, or undefined where the back-end has no such hook
 */
export async function prepareMetadata(
  { engine, toolbox, packages }: Tools,
  task: MetadataTask,
  run: Run,
): Promise<Buffer | undefined> {
  const base = await imageOf(engine, task.target);
  const { executable: python } = task.target.python;
  const image = await packages.image(base, python, task.recipe.packages, run);
  return withToolbox(toolbox, { image: base, python, run }, (volume) => {
    const supervised = { what: 'The look at its metadata', run, image, python, toolbox: { volume, readOnly: true } };
    return supervise(engine, supervised, (inside) => ask(inside, task, run));
  });
}

async function ask(inside: Supervised, task: MetadataTask, run: Run): Promise<Buffer | undefined> {
  const { folder, environment, constraints } = await putSource(inside, task, run);
  const wanted = { settings: task.recipe.configSettings ?? {}, ...(constraints !== undefined && { constraints }) };
  const values = [UV, `${BUILD_FOLDER}/metadata`, JSON.stringify(wanted)];
  const command = pythonCommand(task.target.python.executable, RUN_SCRIPTS.metadata, values, { site: true });
  let answer = '';
  try {
    await inside.step(
      { arguments: withCompilers(command), user: BUILD_USER, folder, environment },
      {
        onOutput: async ({ channel, data }) => {
          if (channel === 'stderr') return inside.guard.take(data);
          inside.guard.alive();
          answer += data.toString('latin1');
          if (answer.length > MAX_ANSWER) throw new BuildFailure('bad-wheel', 'Its metadata is longer than any.');
        },
      },
    );
  } catch (error) {
    if (error instanceof StepFailed && error.exitCode === CANNOT_TELL && inside.guard.trip === undefined)
      return undefined;
    throw error;
  }
  return Buffer.from(answer, 'base64');
}
