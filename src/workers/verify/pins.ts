import { isProjectName, normalizeName } from '../../core/names.ts';
import type { BuildRequirement } from '../../core/records/build.ts';
import { BuildFailure } from '../../errors.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';

/**
 * The hashes of the files that a build environment was made of, each still to be had: listed by upstream with that hash
 * (yanked or not), or a public wheel stored here. Registries do not take crates back: those are not looked for.
 *
 * @throws BuildFailure `not-verifiable` naming all that are gone; `upstream-unavailable`
 */
export async function findPins(
  worker: Pick<Worker, 'store' | 'upstream'>,
  requirements: readonly BuildRequirement[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const pins = new Set<string>();
  const gone: string[] = [];
  for (const { name, version, sha256, crate } of requirements) {
    if (sha256 !== undefined && (crate || (await isOffered(worker, name, sha256, signal)))) pins.add(sha256);
    else gone.push(`${name} ${version} (${sha256 === undefined ? 'recorded without a hash' : `sha256 ${sha256}`})`);
  }
  if (gone.length === 0) return pins;
  throw new BuildFailure(
    'not-verifiable',
    `What was in the build environment is no longer on the index: ${gone.join(', ')}. Without it the wheel cannot be built the same way again.`,
  );
}

async function isOffered(
  { store, upstream }: Pick<Worker, 'store' | 'upstream'>,
  name: string,
  sha256: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isProjectName(name)) return false;
  const project = normalizeName(name);
  const stored = await listWheelRecords(store, project);
  if (stored.some((one) => one.sha256 === sha256 && one.visibility === 'public')) return true;
  // As it is now: what has been removed since would be missed in the middle of the build, with a riddle for a message.
  const page = await upstream.project(project, { maxAge: 0, signal });
  return page?.files.some((file) => file.sha256 === sha256) ?? false;
}
