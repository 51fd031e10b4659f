import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckedWheel, checkWheel, type TaggedWheel, tagWheel } from '../../check/check.ts';
import { normalizeName } from '../../core/names.ts';
import type { BuildRequest, BuildRequirement, Healed } from '../../core/records/build.ts';
import type { Target } from '../../core/records/target.ts';
import { parseVersion } from '../../core/version.ts';
import { limitsOf as recipeLimits } from '../../core/version-recipe.ts';
import { readRecipes } from '../../storage/recipe-records.ts';
import type { LogSink } from '../builder.ts';
import { limitsOf, seesStored, type Worker } from '../context.ts';
import { inSlots } from '../in-slots.ts';
import type { WorkContext } from '../queue/queue.ts';
import { buildHealing } from './heal.ts';
import { fetchSource } from './source.ts';
import { sourceDate } from './source-date.ts';

/** What a wheel is made of and for. */
export type Making = Pick<BuildRequest, 'project' | 'version' | 'sdist' | 'recipe'> & { target: Target };

/** How far it has come. */
export type MakingPhase = 'fetching' | 'building' | 'checking';

export type MakingRun = {
  context: Pick<WorkContext, 'id' | 'signal'>;
  log: LogSink;
  enter(phase: MakingPhase): Promise<void>;
  /** Hashes of the only files that the build environment may be made of; everything on the index when left out. */
  pins?: ReadonlySet<string>;
  /** Whether packages are looked for and added where the build misses something. */
  heals?: boolean;
};

/**
 * Decides when the sdist is built, and whether: it may give something else than what `make` gives. `sdist` is its path.
 */
export type MakingTurn<T> = (sdist: string, make: () => Promise<T>) => Promise<T>;

/** A wheel as it would be stored, with what went into it. Its files are in `folder`, which is gone afterwards. */
export type MadeWheel = {
  checked: CheckedWheel;
  wheel: TaggedWheel;
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
  { context, log, enter, pins, heals = false }: MakingRun,
  use: (made: MadeWheel) => Promise<T>,
  turn: MakingTurn<T> = (_sdist, make) => make(),
): Promise<T> {
  const { project, version, recipe, target } = making;
  const { signal } = context;
  await enter('fetching');
  const folder = await mkdtemp(join(worker.scratch, 'build-'));
  try {
    const source = await fetchSource(worker, making, { folder, signal });
    const requirements = new Map<string, BuildRequirement>();
    const gateway = worker.gateway.view({
      storedWheels: seesStored(worker),
      ...(pins && { only: pins }),
      onFile: ({ name, version, sha256 }) => requirements.set(sha256, { name, version, sha256 }),
    });
    const sdist = { path: source.path, filename: making.sdist.filename, size: source.size };
    const output = await mkdtemp(join(folder, 'out-'));
    const task = { target, sdist, recipe, outputFolder: output, sourceDate: await sourceDate(source.path) };
    const recipes = await readRecipes(worker.store, project);
    const limits = limitsOf(worker.config, recipeLimits(recipes?.recipes ?? [], parseVersion(version)));
    const run = { job: context.id, gateway, log, limits, signal };
    const slots = Math.ceil(limits.memory / worker.config.buildMemory);
    return await turn(source.path, async () => {
      const product = await inSlots(worker.slots, slots, signal, async () => {
        await enter('building');
        return heals
          ? buildHealing(worker, task, run)
          : { ...(await worker.builder.build(task, run)), healed: undefined };
      });

      await enter('checking');
      const expect = { project: normalizeName(project), version: parseVersion(version) };
      const checked = await checkWheel({ path: product.path, filename: product.filename, expect });
      const wheel = await tagWheel({ path: product.path, folder: output, checked });
      return use({
        ...{ checked, wheel, folder, frontEnd: product.frontEnd },
        ...(product.healed && { healed: product.healed }),
        buildRequirements: [...requirements.values()],
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
