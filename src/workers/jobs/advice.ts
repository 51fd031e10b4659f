import { normalizeName } from '../../core/names.ts';
import { otherVersion } from '../../core/other-version.ts';
import type { BuildRecord, BuildRequest } from '../../core/records/build.ts';
import { parseVersion } from '../../core/version.ts';
import { BuildFailure, hintOf } from '../../errors.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Worker } from '../context.ts';
import { toolOfItsTime } from './tool-of-its-time.ts';

type Failed = Pick<BuildRecord, 'message' | 'hint'> & { reason: BuildFailure['reason'] };
type Build = Pick<BuildRequest, 'project' | 'version' | 'target'>;

/** Reasons that another version of the package may not have. */
const OF_THE_VERSION: readonly string[] = ['python-incompatible', 'build-error'];
/** Reasons that a higher limit may mend, and the option that sets it. */
const OF_LIMITS: Readonly<Record<string, string>> = {
  'out-of-memory': '--memory 8GiB',
  'out-of-disk': '--disk 8GiB',
  'too-many-processes': '--pids 2000',
  'timed-out': '--time 3h',
};

/** A failure with what is known of this very build in its hint: the command that sets its recipe, the versions that will do. */
export async function withAdvice(
  worker: Pick<Worker, 'store' | 'upstream'>,
  build: Build,
  failure: Failed,
  error: unknown,
): Promise<Failed> {
  const advice = [
    await recipeCommand(worker, build, failure, error),
    await newerVersion(worker, build, failure),
  ].filter(Boolean);
  return advice.length === 0 ? failure : { ...failure, hint: [hintOf(failure), ...advice].join(' ') };
}

async function recipeCommand(
  worker: Pick<Worker, 'upstream'>,
  build: Build,
  { reason }: Failed,
  error: unknown,
): Promise<string | undefined> {
  const { project, version } = build;
  const option = error instanceof BuildFailure ? await optionFor(worker, build, error) : undefined;
  if (option === undefined) return undefined;
  const command = `wheelmill recipe set ${project} --versions "==${version}" ${option}`;
  return reason in OF_LIMITS ? `For this project alone: ${command}` : `Try: ${command}`;
}

async function optionFor(
  { upstream }: Pick<Worker, 'upstream'>,
  build: Build,
  { reason, remedy }: BuildFailure,
): Promise<string | undefined> {
  if (!remedy || !('constraint' in remedy)) return OF_LIMITS[reason];
  const [tool = ''] = remedy.constraint.split('<');
  const version = remedy.dated && (await toolOfItsTime(upstream, build, tool).catch(undefinedIfAway));
  return `--build-constraint "${version ? `${tool}<=${version}` : remedy.constraint}"`;
}

/** What upstream has is only for the advice. */
function undefinedIfAway(error: unknown): undefined {
  if (!(error instanceof BuildFailure)) throw error;
}

async function newerVersion(
  worker: Pick<Worker, 'store' | 'upstream'>,
  { project, version, target: name }: Build,
  { reason }: Failed,
): Promise<string | undefined> {
  if (!OF_THE_VERSION.includes(reason)) return undefined;
  const target = await readTarget(worker.store, name);
  const page = await worker.upstream.project(normalizeName(project)).catch(undefinedIfAway);
  return target && page && otherVersion(page.files, target, parseVersion(version));
}
