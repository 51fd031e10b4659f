import Value from 'typebox/value';
import { type Found, FoundSchema } from '../../core/proof-findings.ts';
import { BuildFailure } from '../../errors.ts';
import type { ProofTask, Run, WheelToProve } from '../builder.ts';
import { printable } from '../printable.ts';
import type { Diagnosis } from '../run/diagnose.ts';
import { pythonCommand } from '../run/scripts.ts';
import { StepFailed } from '../run/step-failed.ts';
import { imageOf, type Tools } from './build.ts';
import { COMPILED, type Compiled } from './compiled.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { SCRIPTS } from './scripts.ts';
import { supervise } from './supervise.ts';

/** An import that takes longer is waiting for something; large packages on slow machines need some seconds. */
const MODULE_SECONDS = 120;
/** Exit code of proof.py. */
const UNPROVABLE = 5;
/** Of a thousand wheels with ten modules each. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Installs the wheels of a list in an image of the target, with Debian packages, and tells what of them does not load. The
 * container has no door: the wheels go in as files, and nothing that they run reaches anything.
 *
 * @throws BuildFailure as every run in a container does; `bad-wheel` where the image cannot install or the answer is none
 */
export async function proveWheels(
  { engine, packages, compiled }: Pick<Tools, 'engine' | 'packages'> & { compiled: Compiled },
  task: ProofTask,
  run: Run,
): Promise<Found> {
  const { target, where, wheels } = task;
  const python = target.python.executable;
  const bytes = wheels.reduce((sum, { size }) => sum + size, 0);
  if (bytes > run.limits.disk)
    throw new BuildFailure('out-of-disk', `The wheels of the list have ${bytes} bytes; the work folder holds fewer.`);
  const base = await imageOf(engine, target, where);
  const image = await packages.image(base, python, task.packages, run);
  const volume = await compiled.volume(base, python, run);
  const about = { what: 'The proof', run, image, python, diagnosis };
  const toolbox = volume !== undefined && { toolbox: { volume, readOnly: true } };
  return supervise(engine, { ...about, ...toolbox }, async ({ step, guard }) => {
    let printed = '';
    try {
      await step(
        {
          arguments: pythonCommand(python, SCRIPTS.proof, [BUILD_FOLDER, COMPILED], { site: true, compiled: COMPILED }),
          user: BUILD_USER,
          folder: BUILD_FOLDER,
        },
        {
          input: order(task, run.signal, guard.alive),
          onOutput: async ({ channel, data }) => {
            if (channel === 'stderr') return guard.take(data);
            guard.alive();
            if (printed.length < MAX_ANSWER_BYTES) printed += data.toString();
          },
        },
      );
    } catch (error) {
      if (!(error instanceof StepFailed) || error.exitCode !== UNPROVABLE || guard.trip !== undefined) throw error;
      throw new BuildFailure('bad-wheel', `${target[where].reference} has no pip or no module venv to install with.`);
    }
    const answer = parse(printed);
    if (Value.Check(FoundSchema, answer)) return answer;
    throw new BuildFailure('bad-wheel', 'What the proof has found cannot be read.');
  });
}

/** What proof.py reads: what is asked, and then the wheels one after the other. */
async function* order({ wheels, check, owners }: ProofTask, signal: AbortSignal, alive: () => void) {
  const about = wheels.map(({ filename, size, imports, look }) => ({ filename, size, imports, look }));
  yield Buffer.from(`${JSON.stringify({ wheels: about, check, seconds: MODULE_SECONDS, owners })}\n`);
  for (const wheel of wheels) {
    for await (const chunk of counted(wheel, signal)) {
      alive();
      yield chunk;
    }
  }
}

/** Exactly as many bytes as were announced: others would be taken for a part of the next wheel. */
async function* counted({ filename, size, open }: WheelToProve, signal: AbortSignal): AsyncGenerator<Buffer> {
  let left = size;
  for await (const chunk of await open(signal)) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new BuildFailure('store-failed', `The stored bytes of ${filename} are not as its record says.`);
}

/** What the wheels have run may have written it: no text of it can move the cursor of whoever reads it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) => (typeof value === 'string' ? printable(value) : value));
  } catch {
    return undefined;
  }
}

const MAX_EXPLANATION_CHARS = 300;

function diagnosis(tail: string): Diagnosis {
  const last = tail.trim().split('\n').at(-1)?.slice(0, MAX_EXPLANATION_CHARS) ?? '';
  return { reason: 'bad-wheel', message: `The proof ended early: ${last}` };
}
