import { judgeProof, missedLibraries, needsComparison } from '../../core/judge-proof.ts';
import { needsOn, packagesOf } from '../../core/needs.ts';
import type { Found } from '../../core/proof-findings.ts';
import type { BuildRecord } from '../../core/records/build.ts';
import type { Proof, ProvenWheel } from '../../core/records/proof.ts';
import type { Target } from '../../core/records/target.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { parseVersion } from '../../core/version.ts';
import { importsOf as recipeImports } from '../../core/version-recipe.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readRecipes } from '../../storage/recipe-records.ts';
import type { Limits, ProofTask, Run } from '../builder.ts';
import { limitsOf, type Worker } from '../context.ts';
import { inSlots } from '../in-slots.ts';
import type { WorkContext } from '../queue/queue.ts';
import { buildLimits } from './build-limits.ts';
import { removeEarlierRuns } from './earlier-runs.ts';
import { failed } from './failed.ts';
import { LiveLog } from './live-log.ts';
import { lookedAt, type Ways } from './look-at-wheels.ts';

/** A wheel of a list. `proves` is there for those that the proof is of, with the record of the build that made each. */
export type WheelOfList = { record: WheelRecord; proves?: ProvenWheel; build?: BuildRecord | undefined };

export type ListToProve = {
  target: Target;
  wheels: readonly WheelOfList[];
  /** Whether everything that the wheels require is among them. */
  complete: boolean;
};

/**
 * Installs and loads the wheels of a list in the runtime image, with exactly the Debian packages that they are known to need.
 *
 * @returns undefined when it was cancelled. What keeps the proof from being done is its outcome, and condemns no wheel.
 * @throws RetryLater where another try may do better
 */
export async function proveWheels(worker: Worker, list: ListToProve, context: WorkContext): Promise<Proof | undefined> {
  const began = performance.now();
  const log = new LiveLog((text) => context.log(text));
  let outcome: Omit<Proof, 'schema' | 'of' | 'provenAt'>;
  try {
    await removeEarlierRuns(worker, context);
    const limits = await limitsFor(worker, list);
    const slots = Math.ceil(limits.memory / worker.config.buildMemory);
    outcome = await inSlots(worker.slots, slots, context.signal, () => outcomeOf(worker, list, limits, log, context));
  } catch (error) {
    const { reason, message = '' } = failed(error, context, log.tail);
    if (reason === 'cancelled') return undefined;
    outcome = { state: 'not-done', reason, message };
  } finally {
    await log.end();
  }
  return {
    schema: 1,
    ...outcome,
    seconds: Math.round(performance.now() - began) / 1000,
    of: list.wheels.flatMap(({ proves }) => proves ?? []),
    provenAt: new Date().toISOString(),
  };
}

/** The most that any build of the list may take: what is built of much is large. */
async function limitsFor(worker: Worker, { wheels }: ListToProve): Promise<Limits> {
  const built = wheels.filter(({ proves }) => proves !== undefined);
  const each = await Promise.all(built.map(({ record }) => buildLimits(worker, record)));
  const plain = limitsOf(worker.config);
  const most = (name: 'memory' | 'disk' | 'pids' | 'wallTime') =>
    Math.max(plain[name], ...each.map((one) => one[name]));
  return { ...plain, memory: most('memory'), disk: most('disk'), pids: most('pids'), wallTime: most('wallTime') };
}

async function outcomeOf(worker: Worker, list: ListToProve, limits: Limits, log: LiveLog, context: WorkContext) {
  const { target, wheels, complete } = list;
  const { prove, run } = ways(worker, limits, log, context);
  const known = wheels.flatMap(({ record }) => needsOn(target, record.libraries) ?? []);
  const first: ProofTask = {
    ...{ target, where: 'runtime', packages: packagesOf(known), check: complete, owners: [] },
    wheels: await Promise.all(
      wheels.map(async ({ record, proves }) => ({
        ...{ filename: record.filename, size: record.size, look: record.libraries === undefined },
        imports: proves !== undefined && (await importsOf(worker, record)),
        open: (signal: AbortSignal) => bytesOf(worker, record, signal),
      })),
    ),
  };
  const found = await prove(first, run);
  const looked = await lookedAt(worker, list, found, { prove, run });
  // What is known of mirrored wheels only now may need packages, too: then all is tried again with these.
  const packages = packagesOf([...known, ...looked.flatMap(({ libraries }) => needsOn(target, libraries) ?? [])]);
  const isSame = packages.join() === first.packages.join();
  const task = { ...first, packages, wheels: first.wheels.map((wheel) => ({ ...wheel, look: false })) };
  const here = isSame ? found : await prove(task, run);
  const there = needsComparison(here) ? await inBuildImage(list, task, here, (other) => prove(other, run)) : undefined;
  const image =
    packages.length === 0 ? target.runtime.reference : `${target.runtime.reference} with ${packages.join(', ')}`;
  const listed = wheels.map(({ record, proves }) => ({ ...record, isSubject: proves !== undefined }));
  const { failures, notImported, unprovable } = judgeProof(image, listed, here, there);
  const { reference: runtime } = target.runtime;
  const about = { runtime, ...(packages.length > 0 && { packages }), ...(looked.length > 0 && { looked }) };
  if (unprovable !== undefined)
    return { state: 'not-done' as const, ...about, reason: 'bad-wheel' as const, message: unprovable };
  return {
    state: failures.length > 0 ? ('failed' as const) : ('proven' as const),
    ...about,
    wheels: here.installed,
    modules: here.modules.filter((one) => one.outcome === 'imported').length,
    ...(notImported.length > 0 && { notImported }),
    ...(failures.length > 0 && { failures }),
    ...(here.conflicts.length > 0 && { conflicts: here.conflicts }),
  };
}

function ways(worker: Worker, limits: Limits, log: LiveLog, { id, signal }: WorkContext): Ways {
  const { prove } = worker.builder;
  if (!prove) throw new TypeError('a target without images has nothing to prove in');
  // The door stays closed; it is there because every run has one.
  const gateway = worker.gateway.view({ storedWheels: false });
  const run: Run = { job: id, gateway, log, limits, signal };
  return { prove, run };
}

/** The very same in the image that the failing ones were built in, which has what they were built with. */
async function inBuildImage(
  { wheels, target }: ListToProve,
  task: ProofTask,
  here: Found,
  prove: (task: ProofTask) => Promise<Found>,
): Promise<Found> {
  const failing = new Set(here.modules.flatMap((one) => (one.outcome === 'imported' ? [] : [one.wheel])));
  const builtWith = wheels
    .filter(({ record }) => failing.has(record.filename))
    .flatMap(({ build }) => [...(build?.recipe.packages ?? []), ...(build?.healed?.packages ?? [])]);
  const { runtimeHas } = target;
  const added = task.packages.filter((name) => !runtimeHas || !Object.hasOwn(runtimeHas.packages, name));
  const packages = [...new Set([...added, ...builtWith])].sort();
  return prove({ ...task, where: 'build', packages, check: false, owners: missedLibraries(here) });
}

/** The modules that the project's recipe names, as it is now; true for those that are found. */
async function importsOf({ store }: Worker, { project, version }: WheelRecord): Promise<true | readonly string[]> {
  const recipes = await readRecipes(store, project);
  return recipeImports(recipes?.recipes ?? [], parseVersion(version)) ?? true;
}

async function bytesOf({ store }: Worker, { project, sha256, filename }: WheelRecord, signal: AbortSignal) {
  const found = await store.open(paths.wheelFile(project, sha256, filename), { signal });
  if (!found) throw new Error(`the bytes of ${filename} are missing`);
  return found.body as AsyncIterable<Buffer>;
}
