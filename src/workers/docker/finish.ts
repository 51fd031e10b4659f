import Type from 'typebox';
import Value from 'typebox/value';
import { BundledLibrarySchema, SharedLibrarySchema } from '../../core/records/libraries.ts';
import { BuildFailure } from '../../errors.ts';
import type { FinishedWheel, FinishTask, Run } from '../builder.ts';
import type { Diagnosis } from '../run/diagnose.ts';
import { reproducibleEnvironment } from '../run/environment.ts';
import { pythonCommand } from '../run/scripts.ts';
import { imageOf, type Tools } from './build.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { SCRIPTS } from './scripts.ts';
import { type Supervised, supervise } from './supervise.ts';
import { withToolbox } from './toolbox.ts';
import { READY_TOOLBOX, TOOLBOX_MARKER } from './toolbox-places.ts';
import { putFile, readExactly, takeWheel } from './transfer.ts';

/** What finish.py prints; it never prints more libraries. */
const AnswerSchema = Type.Object({
  repaired: Type.Boolean(),
  libraries: Type.Array(SharedLibrarySchema, { maxItems: 4096 }),
  bundled: Type.Array(BundledLibrarySchema, { maxItems: 4096 }),
});
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Puts the libraries that the runtime image lacks into a wheel and reads what it asks for then, in a container of its own:
 * nothing that the build left is there, there is no door, and nothing of the wheel is run.
 * @throws BuildFailure `bad-wheel` for one that cannot be read, or as every run in a container does
 */
export async function finishWheel(
  { engine, toolbox, packages }: Tools,
  task: FinishTask,
  run: Run,
): Promise<FinishedWheel> {
  const { wheel, target, recipe } = task;
  const python = target.python.executable;
  const base = await imageOf(engine, target);
  // The libraries that it was linked with are where it was built.
  const image = await packages.image(base, python, recipe.packages, run);
  return withToolbox(toolbox, { image: base, python, run }, (volume) => {
    const what = 'The inspection of the wheel';
    const supervised = { what, run, image, python, toolbox: { volume, readOnly: true }, diagnosis };
    return supervise(engine, supervised, async (inside) => {
      const input = await readExactly(wheel.path, wheel.size);
      await putFile(inside, python, { ...wheel, input, unpack: false, required: TOOLBOX_MARKER });
      const { repaired, ...about } = await finish(inside, task);
      if (!repaired) return { path: wheel.path, filename: wheel.filename, ...about };
      const bounds = { folder: task.outputFolder, most: run.limits.wheelBytes };
      return { ...(await takeWheel(inside, python, bounds)), ...about };
    });
  });
}

async function finish({ step, guard }: Supervised, { wheel, target, recipe, sourceDate }: FinishTask) {
  // Without knowing what is there, everything would be put in.
  const how = target.runtimeHas === undefined ? 'keep' : (recipe.libraries ?? 'bundle');
  const debug = recipe.debugInformation === 'keep';
  const asked = { toolbox: READY_TOOLBOX, how, debug, there: target.runtimeHas?.libraries ?? [] };
  const values = [`${BUILD_FOLDER}/in/${wheel.filename}`, BUILD_FOLDER, JSON.stringify(asked)];
  let printed = '';
  await step(
    {
      arguments: pythonCommand(target.python.executable, SCRIPTS.finish, values),
      user: BUILD_USER,
      environment: { ...reproducibleEnvironment(sourceDate), HOME: `${BUILD_FOLDER}/home` },
    },
    {
      onOutput: async ({ channel, data }) => {
        if (channel === 'stderr') return guard.take(data);
        guard.alive();
        if (printed.length < MAX_ANSWER_BYTES) printed += data.toString();
      },
    },
  );
  const answer = parse(printed);
  if (Value.Check(AnswerSchema, answer)) return answer;
  throw new BuildFailure('bad-wheel', 'What the wheel asks for cannot be read.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MAX_EXPLANATION_CHARS = 300;

function diagnosis(tail: string): Diagnosis {
  const last = tail.trim().split('\n').at(-1)?.slice(0, MAX_EXPLANATION_CHARS) ?? '';
  return { reason: 'bad-wheel', message: `The ELF files of the wheel cannot be read: ${last}` };
}
