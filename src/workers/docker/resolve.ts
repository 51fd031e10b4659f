import type { Resolution, ResolveTask, Run } from '../builder.ts';
import { commonEnvironment } from '../run/environment.ts';
import { resolveCommand, resolverFiles } from '../run/front-end.ts';
import { createPins, diagnoseResolution } from '../run/pins.ts';
import { imageOf } from './build.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import type { Engine } from './engine.ts';
import type { LocalImage } from './identity.ts';
import { supervise } from './supervise.ts';
import { type Toolbox, withToolbox } from './toolbox.ts';
import { UV } from './toolbox-places.ts';
import { putText } from './transfer.ts';
import { INSIDE } from './tunnel.ts';

/**
 * Finds versions for a whole list with the target's own interpreter; projects with nothing but sdists are built for
 * their metadata, under the limits of a build.
 * @throws BuildFailure `resolve-failed` with the resolver's explanation, `no-such-version`, or as a build does
 */
export async function resolveList(engine: Engine, toolbox: Toolbox, task: ResolveTask, run: Run): Promise<Resolution> {
  const image = await imageOf(engine, task.target);
  const python = task.target.python.executable;
  return withToolbox(toolbox, { image, python, run }, (volume) => attempt(engine, { volume, image }, task, run));
}

async function attempt(
  engine: Engine,
  { volume, image }: { volume: string; image: LocalImage },
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
    const files = resolverFiles(task.list).map((file) => putText(inside, python, file));
    await Promise.all([...files, inside.openDoor()]);
    const answer = createPins();
    await inside.step(
      {
        arguments: resolveCommand({ uv: UV, python, folder: `${BUILD_FOLDER}/in` }, task.list),
        user: BUILD_USER,
        folder: BUILD_FOLDER,
        environment: commonEnvironment(INSIDE),
      },
      {
        onOutput: async ({ channel, data }) => {
          if (channel === 'stderr') return inside.guard.take(data);
          inside.guard.alive();
          answer.take(data);
        },
      },
    );
    return answer.pins();
  });
}
