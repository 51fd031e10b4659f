import type { ListToResolve } from '../../plan/resolution.ts';
import type { BuildTask } from '../builder.ts';
import { UV_VERSION } from './toolbox-lock.ts';

type Programs = { uv: string; python: string };

/** The command that makes the source in `source` into a wheel in `out`, by the front end that the recipe asks for. */
export function buildCommand(
  recipe: BuildTask['recipe'],
  { uv, python, out, source }: Programs & { out: string; source: string },
): string[] {
  const settings = Object.entries(recipe.configSettings ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => `--config-setting=${name}=${each}`),
  );
  if (recipe.frontEnd === 'pip') {
    const pipSettings = settings.map((setting) => setting.replace(/^--config-setting=/, '--config-settings='));
    return [python, '-m', 'pip', 'wheel', '--no-deps', '--wheel-dir', out, ...pipSettings, source];
  }
  // `--force-pep517`: the build requirement as the package asks for it, never what uv itself has built in.
  return [
    ...[uv, 'build', '--wheel', '--force-pep517', '--no-create-gitignore'],
    ...['--python', python, '--out-dir', out, ...settings, source],
  ];
}

/** What the record of a build calls its front end: name and version. */
export function frontEndName({ recipe, target }: Pick<BuildTask, 'recipe' | 'target'>): string {
  return recipe.frontEnd === 'pip' ? `pip ${target.pipVersion}` : UV_VERSION;
}

/** What bounds the build environment of a recipe, and the file it is in; undefined where nothing does. */
export function constraintsFile({ buildConstraints = [] }: BuildTask['recipe']) {
  if (buildConstraints.length === 0) return undefined;
  return { filename: BUILD_CONSTRAINTS_FILENAME, text: buildConstraints.map((line) => `${line}\n`).join('') };
}

const BUILD_CONSTRAINTS_FILENAME = 'build-constraints.txt';

/** What a resolver is given, by these names. */
const LIST_FILENAME = 'requirements.in';
const CONSTRAINTS_FILENAME = 'constraints.txt';

/** The files that `resolveCommand` reads. */
export function resolverFiles({ lines, constraints }: ListToResolve): { filename: string; text: string }[] {
  const file = (filename: string, of: readonly string[]) => ({
    filename,
    text: of.map((line) => `${line}\n`).join(''),
  });
  return [file(LIST_FILENAME, lines), ...(constraints.length > 0 ? [file(CONSTRAINTS_FILENAME, constraints)] : [])];
}

/** The command that pins all that a list needs, its files being in `folder`; it prints `name==version` lines. */
export function resolveCommand({ uv, python, folder }: Programs & { folder: string }, list: ListToResolve): string[] {
  return [
    ...[uv, 'pip', 'compile', '--python', python, '--no-header', '--no-annotate'],
    ...(list.constraints.length > 0 ? ['--constraints', `${folder}/${CONSTRAINTS_FILENAME}`] : []),
    ...formatOptions(list.options),
    ...prereleaseOptions(list.options),
    `${folder}/${LIST_FILENAME}`,
  ];
}

/**
 * The same for machines that have no uv: pip, which writes a report of what it would install. Versions before 26.0 know
 * nothing of options for pre-releases but `--pre`; what they choose wrongly, the planner refuses.
 */
export function pipResolveCommand(
  { python, folder, report }: { python: string; folder: string; report: string },
  list: ListToResolve,
): string[] {
  return [
    ...[python, '-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--report', report],
    ...(list.constraints.length > 0 ? ['--constraint', `${folder}/${CONSTRAINTS_FILENAME}`] : []),
    ...formatOptions(list.options),
    ...(list.options.allReleases?.includes(ALL) ? ['--pre'] : []),
    ...['-r', `${folder}/${LIST_FILENAME}`],
  ];
}

const ALL = ':all:';

/**
 * `--only-binary` of the list, in the spelling that uv and pip share. `--no-binary` is left out, for they would build every
 * project to see its metadata: the planner takes the versions that have no sdist away. It only stands where a project is
 * exempt from `--only-binary :all:`.
 */
function formatOptions({ onlyBinary = [], noBinary = [] }: ListToResolve['options']): string[] {
  const exempt = onlyBinary.includes(ALL) ? noBinary.filter((name) => name !== ALL) : [];
  return [...onlyBinary.map((name) => `--only-binary=${name}`), ...exempt.map((name) => `--no-binary=${name}`)];
}

/** Which pre-releases count, in uv's words. */
function prereleaseOptions({ allReleases = [], onlyFinal = [] }: ListToResolve['options']): string[] {
  const mode = (name: string, how: 'allow' | 'disallow') =>
    name === ALL ? `--prerelease=${how}` : `--prerelease-package=${name}=${how}`;
  return [
    ...allReleases.map((name) => mode(name, 'allow')),
    // Of the two, pip looks at --all-releases first.
    ...onlyFinal.filter((name) => !allReleases.includes(name)).map((name) => mode(name, 'disallow')),
  ];
}
