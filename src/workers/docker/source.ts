import type { MetadataTask, Run } from '../builder.ts';
import { buildEnvironment } from '../run/environment.ts';
import { constraintsFile } from '../run/front-end.ts';
import { BUILD_FOLDER } from './container.ts';
import type { Supervised } from './supervise.ts';
import { TOOLBOX_MARKER } from './toolbox-places.ts';
import { putFile, putText, readExactly } from './transfer.ts';
import { INSIDE } from './tunnel.ts';

/** Where an sdist lies in its container, and the environment that its back-end is to see. */
export type Placed = {
  folder: string;
  environment: Record<string, string>;
  /** A file that bounds what the build environment may have. */
  constraints?: string;
};

/** Unpacks the sdist of a task in its container and opens the way to the index. Both ends of a build need the same. */
export async function putSource(inside: Supervised, task: MetadataTask, run: Run): Promise<Placed> {
  const { sdist, recipe, sourceDate, target } = task;
  const python = target.python.executable;
  const input = await readExactly(sdist.path, sdist.size);
  const source = { filename: sdist.filename, size: sdist.size, input, unpack: true, required: TOOLBOX_MARKER };
  const bounds = constraintsFile(recipe);
  const [{ folder, registry }] = await Promise.all([
    putFile(inside, python, source),
    inside.openDoor(),
    ...(bounds ? [putText(inside, python, bounds)] : []),
  ]);
  if (registry !== undefined) run.gateway.cratesFrom?.(registry);
  const constraints = bounds && { constraints: `${BUILD_FOLDER}/in/${bounds.filename}` };
  const { cpus } = run.limits;
  return {
    folder,
    environment: buildEnvironment({ ...INSIDE, sourceDate, cpus, ...constraints }, recipe.environment),
    ...constraints,
  };
}
