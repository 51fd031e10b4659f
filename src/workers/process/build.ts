import { constants, copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../core/canonical-json.ts';
import { quoted } from '../../core/faults.ts';
import type { Target } from '../../core/records/target.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import type { BuildProduct, BuildTask, Run } from '../builder.ts';
import { printable } from '../printable.ts';
import { cargoConfig } from '../run/cargo-home.ts';
import { buildEnvironment } from '../run/environment.ts';
import { buildCommand, constraintsFile, frontEndName } from '../run/front-end.ts';
import { type Prepared, parsePrepared } from '../run/prepared.ts';
import { oneWheel, tooLarge } from '../run/product.ts';
import { pythonCommand, RUN_SCRIPTS } from '../run/scripts.ts';
import { StepFailed } from '../run/step-failed.ts';
import { probeLocal } from './interpreter.ts';
import type { Machine } from './machine.ts';
import { type Inside, supervise } from './supervise.ts';
import type { Toolbox } from './toolbox.ts';

/** Exit code of prepare.py. */
const BAD_ARCHIVE = 3;
const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}$/;

/** Makes sure that this machine is still what the target was made of. Throws BuildFailure `worker-lost`. */
export async function requireTarget(machine: Machine, target: Target, signal: AbortSignal): Promise<void> {
  const now = await probeLocal(machine, signal).catch((error) => {
    if (signal.aborted) throw new BuildFailure('cancelled', 'The build was cancelled.', { cause: error });
    if (!(error instanceof WheelmillError)) throw error;
    throw new BuildFailure('worker-lost', error.message, { cause: error });
  });
  if (now.build.identity === target.build.identity) return;
  throw new BuildFailure(
    'worker-lost',
    `This machine's Python is not the one the target ${target.name} was made for. Restart the server, then send the list again.`,
  );
}

/**
 * Makes one sdist into one wheel, as a process of this machine. Which build requirements were used is told by the gateway
 * of the run, as with the other builder.
 */
export async function buildWheel(machine: Machine, toolbox: Toolbox, task: BuildTask, run: Run): Promise<BuildProduct> {
  const { sdist, target, outputFolder, sourceDate } = task;
  const python = target.python.executable;
  await requireTarget(machine, target, run.signal);
  const byPip = task.recipe.frontEnd === 'pip';
  const uv = byPip ? undefined : await toolbox.uv({ identity: target.build.identity, python }, run);
  // Where uv has no build for this machine, pip makes the wheel.
  const recipe = uv === undefined ? { ...task.recipe, frontEnd: 'pip' as const } : task.recipe;
  const { filename, size } = sdist;
  const work = canonicalJson({ filename, size, recipe, identity: target.build.identity });
  return supervise(machine, { what: 'The build', run, work, python }, async (inside) => {
    if (recipe.packages)
      await inside.guard.note(
        `the recipe needs these Debian packages, which nobody adds here: ${recipe.packages.join(' ')}`,
      );
    const { folder: source, registry } = await unpack(machine, inside, { sdist, python });
    if (registry !== undefined) run.gateway.cratesFrom?.(registry);
    const out = join(inside.folder, 'out');
    const bounds = constraintsFile(recipe);
    const constraints = bounds && join(inside.folder, 'in', bounds.filename);
    if (bounds && constraints) await writeFile(constraints, bounds.text);
    const about = {
      ...{ sourceDate, cpus: run.limits.cpus, folder: inside.folder, index: inside.index },
      ...(constraints !== undefined && { constraints }),
    };
    await inside.step({
      arguments: buildCommand(recipe, { uv: uv ?? '', python, out, source }),
      folder: source,
      environment: { ...buildEnvironment(about, recipe.environment), PATH: machine.path, ...machine.rustup },
    });
    const wheel = await takeWheel(out, outputFolder, run.limits.wheelBytes);
    return { ...wheel, buildRequirements: [], frontEnd: frontEndName({ recipe, target }) };
  });
}

async function unpack(
  machine: Machine,
  inside: Inside,
  { sdist, python }: { sdist: BuildTask['sdist']; python: string },
): Promise<Prepared> {
  const { folder, index, guard } = inside;
  if (!FOLDER_NAME.test(sdist.filename))
    throw new TypeError(`${quoted(sdist.filename)} is no name for a source archive`);
  await mkdir(join(folder, 'in'));
  await copyFile(sdist.path, join(folder, 'in', sdist.filename), constants.COPYFILE_FICLONE);
  let printed = '';
  let complaint = '';
  const values = ['-1', sdist.filename, folder, 'unpack', '', cargoConfig({ folder, index })];
  const command = {
    arguments: pythonCommand(python, RUN_SCRIPTS.prepare, values),
    folder,
    environment: { PATH: machine.path, ...machine.rustup },
  };
  try {
    await inside.step(command, async ({ channel, data }) => {
      if (channel === 'stdout') printed += data.toString();
      else {
        complaint += data.toString();
        await guard.take(data);
      }
    });
  } catch (error) {
    if (!(error instanceof StepFailed) || guard.trip !== undefined || error.exitCode !== BAD_ARCHIVE) throw error;
    throw new BuildFailure('build-error', printable(complaint).trim(), { logTail: guard.tail() });
  }
  const { folder: name, ...rest } = parsePrepared(printed);
  if (FOLDER_NAME.test(name)) return { ...rest, folder: join(folder, 'src', name) };
  throw new BuildFailure('build-error', `The sdist's folder is called ${quoted(name)}, which sdists never have.`);
}

/** Takes the one wheel out of the work folder, in which nothing runs any more. Its name is checked before it is used. */
async function takeWheel(out: string, folder: string, most: number): Promise<Pick<BuildProduct, 'path' | 'filename'>> {
  const entries = (await readdir(out, { withFileTypes: true })).filter(({ name }) => name.endsWith('.whl'));
  const names = (isFile: boolean) => entries.flatMap((entry) => (entry.isFile() === isFile ? [entry.name] : [])).sort();
  const filename = oneWheel({ wheels: names(true), others: names(false) });
  const { size } = await stat(join(out, filename));
  if (size > most) throw tooLarge(size, most);
  const path = join(folder, filename);
  await copyFile(join(out, filename), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return { path, filename };
}
