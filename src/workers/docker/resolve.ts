import { quoted } from '../../core/faults.ts';
import { BuildFailure } from '../../errors.ts';
import type { Resolution, ResolveTask, Run } from '../builder.ts';
import { imageOf } from './build.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import type { Engine } from './engine.ts';
import { COMMON_ENVIRONMENT } from './environment.ts';
import { supervise } from './supervise.ts';
import { TOOLBOX_MARKER, type Toolbox, UV } from './toolbox.ts';
import { putFile, ToolboxMissing } from './transfer.ts';

const FILENAME = 'requirements.in';
/** A list of ten thousand pins. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_EXPLANATION_CHARS = 1000;

/**
 * Finds versions for a whole list with the target's own interpreter; projects with nothing but sdists are built for
 * their metadata, under the limits of a build.
 * @throws BuildFailure `resolve-failed` with the resolver's explanation, `no-such-version`, or as a build does
 */
export async function resolveList(engine: Engine, toolbox: Toolbox, task: ResolveTask, run: Run): Promise<Resolution> {
  const image = await imageOf(engine, task.target.build);
  const python = task.target.python.executable;
  const volume = await toolbox.volume(image, python, run);
  try {
    return await attempt(engine, { volume, image: image.id }, task, run);
  } catch (error) {
    if (!(error instanceof ToolboxMissing)) throw error;
    toolbox.forget(volume);
    await toolbox.volume(image, python, run);
    return attempt(engine, { volume, image: image.id }, task, run);
  }
}

async function attempt(
  engine: Engine,
  { volume, image }: { volume: string; image: string },
  task: ResolveTask,
  run: Run,
): Promise<Resolution> {
  const python = task.target.python.executable;
  const supervised = {
    what: 'The resolution of the list',
    run,
    image,
    python,
    toolbox: { volume, readOnly: true },
    diagnosis: diagnoseResolution,
  };
  return supervise(engine, supervised, async (inside) => {
    const list = Buffer.from(`${task.lines.join('\n')}\n`);
    const file = { filename: FILENAME, size: list.length, input: [list], unpack: false, required: TOOLBOX_MARKER };
    await Promise.all([putFile(inside, python, file), inside.openDoor()]);
    const answer: Buffer[] = [];
    let size = 0;
    await inside.step(
      {
        arguments: [
          UV,
          'pip',
          'compile',
          '--python',
          python,
          '--no-header',
          '--no-annotate',
          `${BUILD_FOLDER}/in/${FILENAME}`,
        ],
        user: BUILD_USER,
        folder: BUILD_FOLDER,
        environment: COMMON_ENVIRONMENT,
      },
      {
        onOutput: async ({ channel, data }) => {
          if (channel === 'stderr') return inside.guard.take(data);
          inside.guard.alive();
          size += data.length;
          if (size <= MAX_ANSWER_BYTES) answer.push(data);
        },
      },
    );
    if (size > MAX_ANSWER_BYTES)
      throw new BuildFailure('resolve-failed', 'The list needs more projects than can be handled.');
    return parsePins(Buffer.concat(answer).toString());
  });
}

/** Reads `name==version` lines. Throws BuildFailure `resolve-failed` naming a line that is something else. */
export function parsePins(text: string): Resolution {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, version] = /^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;@]+)$/.exec(line) ?? [];
      if (name !== undefined && version !== undefined) return { name, version };
      throw new BuildFailure(
        'resolve-failed',
        `The list needs ${quoted(line)}, which is no version of a project on the index.`,
      );
    });
}

/** What uv says of a list it cannot resolve, as one sentence. */
export function diagnoseResolution(tail: string, exitCode: number): Diagnosis {
  const text = tail.replace(/\s+/g, ' ');
  const explanation = /No solution found when resolving dependencies:? (?:cause: )?(.*)/.exec(text)?.[1]?.trim();
  if (explanation === undefined) return diagnose(tail, exitCode);
  const message = explanation.slice(0, MAX_EXPLANATION_CHARS);
  const missing =
    /Because ([\w.-]+) was not found in the package registry and you require/.test(text) ||
    /Because there (?:is|are) no versions? of [^,]+? and you require/.test(text);
  return { reason: missing ? 'no-such-version' : 'resolve-failed', message };
}
