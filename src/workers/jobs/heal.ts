import type { Healed } from '../../core/records/build.ts';
import type { Recipe } from '../../core/records/recipe.ts';
import { BuildFailure, type Missing } from '../../errors.ts';
import { HttpFault } from '../../upstream/http.ts';
import type { BuildProduct, BuildTask, Run } from '../builder.ts';
import type { Worker } from '../context.ts';
import { packageOf } from '../run/known-packages.ts';

/** Each round builds again from the start; what needs more than a few packages has them in a recipe. */
const MAX_ROUNDS = 3;

/**
 * Builds, and where that fails for something missing builds again with the Debian package that has it. What was added is told
 * with the wheel; the recipe stays what it is until a person accepts it.
 *
 * @throws BuildFailure the last one, where no package is known or the rounds are used up
 */
export async function buildHealing(
  worker: Pick<Worker, 'builder' | 'config'>,
  task: BuildTask,
  run: Run,
): Promise<BuildProduct & { healed?: Healed }> {
  const rounds: Healed['rounds'] = [];
  for (;;) {
    const found = rounds.flatMap(({ packages }) => packages);
    const recipe = recipeWith(task.recipe, found);
    try {
      const product = await worker.builder.build({ ...task, recipe }, run);
      return rounds.length === 0 ? product : { ...product, healed: { packages: [...new Set(found)].sort(), rounds } };
    } catch (error) {
      const missing = missingOf(error);
      if (!missing || worker.config.selfHeal === 'off' || rounds.length === MAX_ROUNDS) throw error;
      const further = (await packagesFor(worker, missing, task, run)).filter((one) => !recipe.packages?.includes(one));
      if (further.length === 0) throw error;
      rounds.push({ missing, packages: further });
      const said = `the build misses the ${missing.kind} ${missing.name}: trying again with ${further.join(' ')}`;
      await run.log.write(Buffer.from(`wheelmill: ${said}\n`));
    }
  }
}

/** The recipe with further Debian packages; the very same for none. */
export function recipeWith(recipe: Recipe, further: readonly string[]): Recipe {
  if (further.length === 0) return recipe;
  return { ...recipe, packages: [...new Set([...(recipe.packages ?? []), ...further])].sort() };
}

function missingOf(error: unknown): Missing | undefined {
  if (!(error instanceof BuildFailure) || !error.remedy || !('missing' in error.remedy)) return undefined;
  return error.remedy.missing;
}

async function packagesFor(
  { builder }: Pick<Worker, 'builder'>,
  missing: Missing,
  { target }: BuildTask,
  run: Run,
): Promise<string[]> {
  if (builder.kind === 'process') return [];
  const found = await builder.packageWith(missing, target, run).catch((error) => {
    run.signal.throwIfAborted();
    // An archive that is away is no reason to forget why the build failed.
    if (error instanceof BuildFailure || error instanceof HttpFault) return undefined;
    throw error;
  });
  return (found ?? packageOf(missing.name) ?? '').split(' ').filter(Boolean);
}
