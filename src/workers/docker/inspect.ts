import Type from 'typebox';
import Value from 'typebox/value';
import { type SharedLibrary, SharedLibrarySchema } from '../../core/records/libraries.ts';
import { BuildFailure } from '../../errors.ts';
import type { InspectTask, Run } from '../builder.ts';
import type { Diagnosis } from '../run/diagnose.ts';
import { pythonCommand } from '../run/scripts.ts';
import { imageOf } from './build.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import type { Engine } from './engine.ts';
import { SCRIPTS } from './scripts.ts';
import { type Supervised, supervise } from './supervise.ts';
import { putFile, readExactly } from './transfer.ts';

/** What needs.py prints; it never prints more libraries. */
const AnswerSchema = Type.Object({ libraries: Type.Array(SharedLibrarySchema, { maxItems: 4096 }) });
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Reads what the ELF files of a wheel ask for, in a container of its own: nothing that the build left is there, there is
 * no door, and nothing of the wheel is run.
 * @throws BuildFailure `bad-wheel` for one that cannot be read, or as every run in a container does
 */
export async function inspectWheel(engine: Engine, task: InspectTask, run: Run): Promise<SharedLibrary[]> {
  const { wheel, target } = task;
  const python = target.python.executable;
  const image = await imageOf(engine, target);
  const supervised = { what: 'The inspection of the wheel', run, image, python, diagnosis };
  return supervise(engine, supervised, async (inside) => {
    const input = await readExactly(wheel.path, wheel.size);
    await putFile(inside, python, { ...wheel, input, unpack: false, required: '' });
    return readNeeds(inside, python, `${BUILD_FOLDER}/in/${wheel.filename}`);
  });
}

async function readNeeds({ step, guard }: Supervised, python: string, wheel: string): Promise<SharedLibrary[]> {
  let printed = '';
  await step(
    { arguments: pythonCommand(python, SCRIPTS.needs, [wheel, `${BUILD_FOLDER}/tmp`]), user: BUILD_USER },
    {
      onOutput: async ({ channel, data }) => {
        if (channel === 'stderr') return guard.take(data);
        guard.alive();
        if (printed.length < MAX_ANSWER_BYTES) printed += data.toString();
      },
    },
  );
  const answer = parse(printed);
  if (Value.Check(AnswerSchema, answer)) return answer.libraries;
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
