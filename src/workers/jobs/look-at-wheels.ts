import { needsOn } from '../../core/needs.ts';
import type { Found } from '../../core/proof-findings.ts';
import type { SharedLibrary } from '../../core/records/libraries.ts';
import type { LookedAt } from '../../core/records/proof.ts';
import type { Target } from '../../core/records/target.ts';
import type { Builder, Run } from '../builder.ts';
import type { Worker } from '../context.ts';
import type { ListToProve } from './prove-wheels.ts';

/** Each look reads an index of some hundred thousand lines: a list that misses more is none for a slim image. */
const MAX_LOOKUPS = 40;

export type Ways = { prove: NonNullable<Builder['prove']>; run: Run };

/**
 * What wheels ask for that were not built here and that nobody had looked at, of what was found of a list in the runtime image. The
 * package of what that lacks is the one that has it in the build image, or else in Debian.
 */
export async function lookedAt(
  worker: Worker,
  { target, wheels }: ListToProve,
  here: Found,
  { prove, run }: Ways,
): Promise<LookedAt[]> {
  const looked = wheels.flatMap(({ record: { project, filename, sha256 } }): LookedAt[] => {
    const libraries = here.libraries[filename];
    return libraries ? [{ project, filename, sha256, libraries }] : [];
  });
  const asked = looked.flatMap(({ libraries }) => needsOn(target, libraries) ?? []);
  const nameless = asked.filter((one) => one.package === undefined).map(({ soname }) => soname);
  const owners = await ownersOf(worker, target, [...new Set(nameless)].sort(), { prove, run });
  const named = ({ soname, package: owner = owners.get(soname) }: SharedLibrary): SharedLibrary =>
    owner === undefined ? { soname } : { soname, package: owner };
  return looked.map((one) => ({ ...one, libraries: one.libraries.map(named) }));
}

/** The packages that have these libraries, as far as they are known. */
async function ownersOf(
  worker: Worker,
  target: Target,
  sonames: readonly string[],
  { prove, run }: Ways,
): Promise<Map<string, string>> {
  if (sonames.length === 0) return new Map();
  const task = { target, where: 'build' as const, packages: [], wheels: [], check: false, owners: sonames };
  const found = new Map(Object.entries((await prove(task, run)).owners));
  for (const name of sonames.slice(0, MAX_LOOKUPS)) {
    if (found.has(name)) continue;
    const owner = await inDebian(worker, name, target, run);
    if (owner !== undefined) found.set(name, owner);
  }
  return found;
}

/** An index that cannot be had leaves the library without a package: nothing depends on that. */
async function inDebian({ builder, log }: Worker, name: string, target: Target, run: Run): Promise<string | undefined> {
  try {
    return await builder.packageWith({ kind: 'soname', name }, target, run);
  } catch (error) {
    if (run.signal.aborted) throw error;
    log.warn({ err: error, library: name }, 'the package that has a library could not be looked up');
    return undefined;
  }
}
