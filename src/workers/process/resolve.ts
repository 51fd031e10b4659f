import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { BuildFailure } from '../../errors.ts';
import type { ListToResolve } from '../../plan/resolution.ts';
import type { Resolution, ResolveTask, Run } from '../builder.ts';
import { commonEnvironment } from '../run/environment.ts';
import { pipResolveCommand, resolveCommand, resolverFiles } from '../run/front-end.ts';
import { createPins, diagnoseResolution } from '../run/pins.ts';
import { requireTarget } from './build.ts';
import type { Machine } from './machine.ts';
import { diagnoseHere, type Inside, supervise } from './supervise.ts';
import type { Toolbox } from './toolbox.ts';

/** What is used of pip's installation report (https://pip.pypa.io/en/stable/reference/installation-report/). */
const ReportSchema = Type.Object({
  install: Type.Array(Type.Object({ metadata: Type.Object({ name: Type.String(), version: Type.String() }) })),
});

/**
 * Finds versions for a whole list with this machine's interpreter.
 * @throws BuildFailure `resolve-failed` with the resolver's explanation, `no-such-version`, or as a build does
 */
export async function resolveList(
  machine: Machine,
  toolbox: Toolbox,
  { target, list }: ResolveTask,
  run: Run,
): Promise<Resolution> {
  const python = target.python.executable;
  await requireTarget(machine, target, run.signal);
  const uv = await toolbox.uv({ identity: target.build.identity, python }, run);
  const diagnosis = (tail: string, exitCode: number) => diagnoseResolution(tail, exitCode, diagnoseHere);
  const supervised = { what: 'The resolution of the list', run, python, diagnosis };
  return supervise(machine, supervised, async (inside) => {
    for (const name of ['in', 'home', 'tmp']) await mkdir(join(inside.folder, name));
    const folder = join(inside.folder, 'in');
    for (const { filename, text } of resolverFiles(list)) await writeFile(join(folder, filename), text);
    const environment = { ...commonEnvironment(inside), PATH: machine.path };
    if (uv === undefined) return resolveByPip(inside, { python, folder, environment }, list);
    const answer = createPins();
    const command = { arguments: resolveCommand({ uv, python, folder }, list), folder: inside.folder, environment };
    await inside.step(command, async ({ channel, data }) => {
      if (channel === 'stderr') return inside.guard.take(data);
      inside.guard.alive();
      answer.take(data);
    });
    return answer.pins();
  });
}

/** For machines that uv is not made for. */
async function resolveByPip(
  inside: Inside,
  { python, folder, environment }: { python: string; folder: string; environment: Record<string, string> },
  list: ListToResolve,
): Promise<Resolution> {
  const report = join(inside.folder, 'in', 'report.json');
  const pip = pipResolveCommand({ python, folder, report }, list);
  await inside.step({ arguments: pip, folder: inside.folder, environment });
  const said: unknown = JSON.parse(await readFile(report, 'utf8'));
  if (!Value.Check(ReportSchema, said)) throw new BuildFailure('resolve-failed', 'The report of pip cannot be read.');
  return said.install.map(({ metadata }) => ({ name: metadata.name, version: metadata.version }));
}
