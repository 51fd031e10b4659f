import { versionsToAvoid } from '../core/candidate-versions.ts';
import { type NormalizedName, normalizeName } from '../core/names.ts';
import type { ListOptions } from '../core/records/list-options.ts';
import type { Requirement } from '../core/records/requirement.ts';
import type { Target } from '../core/records/target.ts';
import { formatRequirement } from '../core/requirement.ts';
import { parseVersion, type Version } from '../core/version.ts';
import type { Demands, Wanted } from '../core/wanted.ts';
import { BuildFailure } from '../errors.ts';
import type { Offer } from './supply.ts';

/** A list as a resolver is asked: all that bears on which versions are chosen, and nothing else. */
export type ListToResolve = {
  /** Requirement lines, without hashes and settings. */
  lines: string[];
  /** Lines that bound what is needed anyway. */
  constraints: string[];
  options: Pick<ListOptions, 'onlyBinary' | 'noBinary' | 'allReleases' | 'onlyFinal'>;
};

/** Finds name and version of everything a list needs, dependencies included; for lists that don't say it all. */
export type Resolve = (list: ListToResolve) => Promise<{ name: string; version: string }[]>;

/** Each round costs a container. A list whose dependencies still are not as asked then is planned as it is. */
const MAX_ROUNDS = 6;

/**
 * The versions of all that a list needs, each as if the list had pinned it.
 *
 * The resolver knows nothing of `--prefer-binary`, and of `--no-binary` only how to build everything for its metadata. So
 * versions that these options refuse are taken from it by constraints: of the list's own projects at once, of others when
 * it has chosen one. What is merely not preferred comes back where it cannot do without.
 *
 * @param offerOf what there is of a project
 * @throws BuildFailure `resolve-failed`, `no-such-version`.
 */
export async function resolveDemands(
  demands: Demands,
  options: ListOptions,
  resolve: Resolve,
  offerOf: (name: NormalizedName) => Promise<Offer>,
  target: Target,
): Promise<Wanted[]> {
  const plain = listToResolve(demands, options);
  const asked = new Map(demands.wanted.map((one) => [one.name, one]));
  const avoided = new Map<NormalizedName, ReturnType<typeof versionsToAvoid>>();
  const avoid = async (one: Wanted) => {
    avoided.set(one.name, versionsToAvoid(one, await offerOf(one.name), target));
  };
  await Promise.all(demands.wanted.map(avoid));
  let preferring = true;
  for (let round = 1; ; round += 1) {
    const exclusions = [...avoided].flatMap(([name, { refused, unpreferred }]) =>
      excluding(name, preferring ? [...refused, ...unpreferred] : refused),
    );
    const answer = await resolve({ ...plain, constraints: [...plain.constraints, ...exclusions] }).catch((error) => {
      if (preferring && hasPreferences(avoided) && isUnsolvable(error)) return undefined;
      throw error;
    });
    if (answer === undefined) {
      preferring = false;
      continue;
    }
    const resolved = answer.map(({ name, version }): Wanted => {
      const project = normalizeName(name);
      const pin = parseVersion(version);
      return { ...(asked.get(project) ?? demands.dependency(project)), specifier: `==${pin}`, pin };
    });
    const unknown = resolved.filter(({ name }) => !avoided.has(name));
    await Promise.all(unknown.map(({ name }) => avoid(demands.dependency(name))));
    const unwanted = unknown.some(({ name, pin }) => {
      const { refused, unpreferred } = avoided.get(name)!;
      return pin !== undefined && [...refused, ...(preferring ? unpreferred : [])].includes(pin);
    });
    if (!unwanted || round === MAX_ROUNDS) return resolved;
  }
}

function listToResolve({ applicable, constraints }: Demands, options: ListOptions): ListToResolve {
  const { onlyBinary, noBinary, allReleases, onlyFinal } = options;
  return {
    lines: applicable.map(bareLine),
    constraints: constraints.map(bareLine),
    options: {
      ...(onlyBinary && { onlyBinary }),
      ...(noBinary && { noBinary }),
      ...(allReleases && { allReleases }),
      ...(onlyFinal && { onlyFinal }),
    },
  };
}

/** Which files may be taken is decided here, not by the resolver. */
function bareLine({ configSettings: _, ...requirement }: Requirement): string {
  return formatRequirement({ ...requirement, hashes: [] });
}

function excluding(name: NormalizedName, versions: readonly Version[]): string[] {
  return versions.length === 0 ? [] : [`${name}${versions.map((one) => `!=${one}`).join(',')}`];
}

function hasPreferences(avoided: ReadonlyMap<string, { unpreferred: readonly Version[] }>): boolean {
  return [...avoided.values()].some(({ unpreferred }) => unpreferred.length > 0);
}

function isUnsolvable(error: unknown): boolean {
  return error instanceof BuildFailure && (error.reason === 'resolve-failed' || error.reason === 'no-such-version');
}
