import type { SharedLibrary } from './records/libraries.ts';
import type { Target } from './records/target.ts';

/**
 * What a wheel needs on a target beyond its runtime image: the libraries it asks for that are not there.
 *
 * @param libraries all it asks for; undefined where nobody has looked
 * @returns undefined where it is not known. On the machine itself (`local`) nothing is missing: it was built there.
 */
export function needsOn(target: Target, libraries: readonly SharedLibrary[] | undefined): SharedLibrary[] | undefined {
  if (target.builder === 'process') return [];
  const { runtimeHas } = target;
  if (libraries === undefined || libraries.length === 0) return libraries && [];
  if (runtimeHas === undefined) return undefined;
  const there = new Set(runtimeHas.libraries);
  // A package may keep libraries where only those who know the folder find them.
  const isThere = ({ soname, package: owner }: SharedLibrary) =>
    there.has(soname) || (owner !== undefined && Object.hasOwn(runtimeHas.packages, owner));
  return libraries.filter((one) => !isThere(one));
}

/** The Debian packages that give what is needed, each once, in the order of their names. */
export function packagesOf(needs: readonly SharedLibrary[]): string[] {
  return [...new Set(needs.flatMap((one) => (one.package === undefined ? [] : [one.package])))].sort();
}

/** The command that installs packages in an image, for a RUN line. */
export function aptCommand(packages: readonly string[]): string {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*`;
}

/** A line for the log of a build: `In python:slim it needs libpq.so.5 (libpq5).` */
export function needsInWords({ runtime }: Target, needs: readonly SharedLibrary[]): string {
  const each = needs.map(({ soname, package: owner }) => `${soname}${owner === undefined ? '' : ` (${owner})`}`);
  return `wheelmill: in ${runtime.reference} it needs ${each.join(', ')}\n`;
}
