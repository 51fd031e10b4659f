import type { BuildTask } from '../builder.ts';
import { UV_VERSION } from './toolbox-lock.ts';

type Programs = { uv: string; python: string };

/** The command that makes the source in `source` into a wheel in `out`, by the front end that the recipe asks for. */
export function buildCommand(
  recipe: BuildTask['recipe'],
  { uv, python, out, source }: Programs & { out: string; source: string },
): string[] {
  const settings = Object.entries(recipe.configSettings ?? {}).map(
    ([name, value]) => `--config-setting=${name}=${value}`,
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

/** The command that pins all that a list needs; it prints `name==version` lines. */
export function resolveCommand({ uv, python, list }: Programs & { list: string }): string[] {
  return [uv, 'pip', 'compile', '--python', python, '--no-header', '--no-annotate', list];
}
