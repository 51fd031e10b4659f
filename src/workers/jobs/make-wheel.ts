import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckedWheel, checkWheel, type TaggedWheel, tagWheel } from '../../check/check.ts';
import { type NormalizedName, normalizeName } from '../../core/names.ts';
import type { BuildRequest, BuildRequirement, Healed } from '../../core/records/build.ts';
import type { BundledLibrary, SharedLibrary } from '../../core/records/libraries.ts';
import type { Target } from '../../core/records/target.ts';
import { parseVersion, type Version } from '../../core/version.ts';
import type { BuildProduct, BuildTask, Limits, LogSink, Run } from '../builder.ts';
import { seesStored, type Worker } from '../context.ts';
import { inSlots } from '../in-slots.ts';
import type { WorkContext } from '../queue/queue.ts';
import { buildLimits } from './build-limits.ts';
import { buildHealing, recipeWith } from './heal.ts';
import { fetchSource } from './source.ts';
import { sourceDate } from './source-date.ts';

/** What a wheel is made of and for. */
export type Making = Pick<BuildRequest, 'project' | 'version' | 'sdist' | 'recipe'> & { target: Target };

/** How far it has come. */
export type MakingPhase = 'fetching' | 'building' | 'checking';

/** What is known of a making even if it fails: filled while it goes on. */
export type MakingEvidence = { requirements: Map<string, BuildRequirement>; limits?: Limits };

export type MakingRun = {
  context: Pick<WorkContext, 'id' | 'signal'>;
  log: LogSink;
  enter(phase: MakingPhase): Promise<void>;
  /** Hashes of the only files that the build environment may be made of; everything on the index when left out. */
  pins?: ReadonlySet<string>;
  /** Whether packages are looked for and added where the build misses something. */
  heals?: boolean;
  evidence?: MakingEvidence;
};

/**
 * Decides when the sdist is built, and whether: it may give something else than what `make` gives. `sdist` is its path.
 */
export type MakingTurn<T> = (sdist: string, make: () => Promise<T>) => Promise<T>;

/** A wheel as it would be stored, with what went into it. Its files are in `folder`, which is gone afterwards. */
export type MadeWheel = {
  checked: CheckedWheel;
  wheel: TaggedWheel;
  /** What its files ask for beyond it; missing where nobody looks. */
  libraries?: SharedLibrary[];
  /** What was put into it. */
  bundled: BundledLibrary[];
  frontEnd: string;
  buildRequirements: BuildRequirement[];
  healed?: Healed;
  folder: string;
};

/**
 * Makes an sdist into a checked and tagged wheel and gives it to `use`: fetch, build when the worker has a slot, check, tag.
 * Every build and every rebuild goes this way, so that equal inputs meet equal circumstances.
 *
 * @throws BuildFailure, and what `use` throws.
 */
export async function makeWheel<T>(
  worker: Worker,
  making: Making,
  { context, log, enter, pins, heals = false, evidence = { requirements: new Map() } }: MakingRun,
  use: (made: MadeWheel) => Promise<T>,
  turn: MakingTurn<T> = (_sdist, make) => make(),
): Promise<T> {
  const { project, version, recipe, target } = making;
  const { signal } = context;
  await enter('fetching');
  const folder = await mkdtemp(join(worker.scratch, 'build-'));
  try {
    const source = await fetchSource(worker, making, { folder, signal });
    const { requirements } = evidence;
    const gateway = worker.gateway.view({
      storedWheels: seesStored(worker),
      ...(pins && { only: pins }),
      onFile: ({ filename: _, ...file }) => requirements.set(file.sha256, file),
      onRefusal: (why) => log.write(Buffer.from(`wheelmill: ${why}\n`)).catch(() => {}),
    });
    const sdist = { path: source.path, filename: making.sdist.filename, size: source.size };
    const output = await mkdtemp(join(folder, 'out-'));
    const task = { target, sdist, recipe, outputFolder: output, sourceDate: await sourceDate(source.path) };
    const limits = await buildLimits(worker, making);
    evidence.limits = limits;
    const run = { job: context.id, gateway, log, limits, signal };
    const slots = Math.ceil(limits.memory / worker.config.buildMemory);
    return await turn(source.path, async () => {
      const expect = { project: normalizeName(project), version: parseVersion(version) };
      const { frontEnd, healed, checked, path, libraries, bundled } = await inSlots(worker.slots, slots, signal, () =>
        makeWhole(worker, task, { run, enter, expect, heals, folder }),
      );
      const wheel = await tagWheel({ path, folder: output, checked });
      return use({
        ...{ checked, wheel, folder, frontEnd },
        ...{ bundled, ...(libraries && { libraries }) },
        ...(healed && { healed }),
        buildRequirements: [...requirements.values()],
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Wholeness = {
  run: Run;
  enter: MakingRun['enter'];
  expect: { project: NormalizedName; version: Version };
  heals: boolean;
  folder: string;
};

/** Builds the wheel, checks it, and has a compiled one finished and checked again: what comes of that is hostile as well. */
async function makeWhole(worker: Worker, task: BuildTask, { run, enter, expect, heals, folder }: Wholeness) {
  const { target, recipe, sourceDate } = task;
  await enter('building');
  const product: BuildProduct & { healed?: Healed } = heals
    ? await buildHealing(worker, task, run)
    : await worker.builder.build(task, run);
  await enter('checking');
  const { path, filename } = product;
  const checked = await checkWheel({ path, filename, expect });
  if (checked.pure) return { ...product, checked, libraries: [], bundled: [] };
  const finishing = {
    target,
    wheel: { path, filename, size: checked.size },
    // Where the libraries are that it was built with.
    recipe: recipeWith(recipe, product.healed?.packages ?? []),
    outputFolder: await mkdtemp(join(folder, 'finished-')),
    sourceDate,
  };
  const finished = await worker.builder.finish(finishing, run);
  const isSame = finished.path === path;
  const sound = isSame ? checked : await checkWheel({ path: finished.path, filename: finished.filename, expect });
  return { ...product, ...finished, checked: sound };
}
