import { quoted } from '../faults.ts';
import type { ListCode } from '../list-codes.ts';
import { evaluateMarker, parseMarker } from '../marker.ts';
import type { ListFault } from '../records/list-fault.ts';
import type { MarkerEnvironment } from '../records/marker-environment.ts';
import { parseSpecifier, satisfies } from '../specifier.ts';
import { isVersion, parseVersion } from '../version.ts';
import type { Entry } from './entry.ts';

/** For which targets a file is made, as it says itself. Installers refuse others (PEP 751, PEP 621). */
export type MadeFor = {
  file?: string;
  line: number;
  /** A version specifier; empty where every Python will do. */
  requiresPython: string;
  /** Markers of which one must hold; none at all where every platform will do. */
  environments: string[];
};

/** Reads `requires-python` and the array of markers that the format has beside it. */
export function madeFor(entry: Entry, environments?: string): MadeFor {
  const line = entry.document.lineOf(/^\s*requires-python\s*=/) ?? entry.line;
  const at = entry.as('The file', line);
  const requiresPython = at.text('requires-python') ?? '';
  const markers = environments === undefined ? [] : at.texts(environments);
  return {
    line,
    requiresPython: at.parsed(() => parseSpecifier(requiresPython).text) ?? '',
    environments: markers.filter((one) => at.parsed(() => parseMarker(one)) !== undefined),
  };
}

/** One fault for each file that is not made for a target. */
export function unsuited(
  files: readonly MadeFor[],
  target: { name: string; environment: MarkerEnvironment },
): ListFault[] {
  return files.flatMap(({ file, line, requiresPython, environments }) => {
    const { python_full_version: python } = target.environment;
    const fault = (why: string): ListFault => ({
      ...(file !== undefined && { file }),
      ...{
        line,
        text: '',
        code: 'unsuited-target' satisfies ListCode,
        message: `${why}. Post it for another target, or lock it for this one.`,
      },
    });
    if (isVersion(python) && !satisfies(parseVersion(python), parseSpecifier(requiresPython), { prereleases: true }))
      return [fault(`The file is made for Python ${requiresPython}, and ${target.name} has ${python}`)];
    if (environments.length > 0 && !environments.some((one) => evaluateMarker(parseMarker(one), target.environment)))
      return [
        fault(`The file is not made for ${target.name}, but for: ${environments.slice(0, 5).map(quoted).join(', ')}`),
      ];
    return [];
  });
}
