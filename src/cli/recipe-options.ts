import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import type { RecipeLimits, VersionRecipe } from '../core/records/project-recipes.ts';
import { WheelmillError } from '../errors.ts';
import { bytes, duration, Unfit } from '../setting-grammar.ts';

/** What `wheelmill recipe set` is given, as the options have it. */
export type RecipeOptions = {
  file?: string;
  versions?: string;
  package?: string[];
  env?: string[];
  configSetting?: string[];
  buildConstraint?: string[];
  frontEnd?: 'uv' | 'pip';
  libraries?: 'bundle' | 'apt';
  debugInformation?: 'strip' | 'keep';
  memory?: string;
  disk?: string;
  pids?: string;
  time?: string;
  import?: string[];
  note?: string;
};

/** Throws WheelmillError `bad-request` naming the option that cannot be read. */
export function recipeFrom(given: RecipeOptions): VersionRecipe {
  const { versions, frontEnd, libraries, debugInformation, note } = given;
  const environment = pairs('--env', given.env);
  const settings = pairs('--config-setting', given.configSetting);
  const limits: RecipeLimits = {
    ...(given.memory !== undefined && { memory: read('--memory', bytes, given.memory) }),
    ...(given.disk !== undefined && { disk: read('--disk', bytes, given.disk) }),
    ...(given.pids !== undefined && { pids: Number(given.pids) }),
    ...(given.time !== undefined && { time: read('--time', duration, given.time) }),
  };
  const recipe: VersionRecipe = {
    ...(given.package && { packages: given.package }),
    ...(environment.size > 0 && {
      environment: Object.fromEntries([...environment].map(([name, values]) => [name, values.at(-1)!])),
    }),
    ...(settings.size > 0 && {
      configSettings: Object.fromEntries(
        [...settings].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
      ),
    }),
    ...(given.buildConstraint && { buildConstraints: given.buildConstraint }),
    ...(frontEnd !== undefined && { frontEnd }),
    ...(libraries !== undefined && { libraries }),
    ...(debugInformation !== undefined && { debugInformation }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(given.import && { imports: given.import }),
  };
  if (Object.keys(recipe).length === 0)
    throw new WheelmillError(
      'bad-request',
      'Say what the recipe is: --package, --env, --build-constraint and so on, or --file.',
    );
  return { ...(versions !== undefined && { versions }), ...recipe, ...(note !== undefined && { note }) };
}

/** The tables of a TOML file, as they are. Throws WheelmillError `bad-request` for one that is none. */
export function recipesFromFile(path: string): VersionRecipe[] {
  try {
    const { recipe, ...others } = parse(readFileSync(path, 'utf8'));
    const [unknown] = Object.keys(others);
    if (unknown !== undefined)
      throw new WheelmillError('bad-request', `${path} has ${unknown}; a recipe file has tables [[recipe]] only.`);
    // The server says what is wrong with them.
    return (recipe ?? []) as VersionRecipe[];
  } catch (cause) {
    if (cause instanceof WheelmillError) throw cause;
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new WheelmillError('bad-request', `${path} cannot be read as a recipe: ${message}.`, { cause });
  }
}

function pairs(option: string, texts: readonly string[] = []): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new WheelmillError('bad-request', `${option} needs NAME=VALUE, not "${text}".`);
    const name = text.slice(0, at);
    found.set(name, [...(found.get(name) ?? []), text.slice(at + 1)]);
  }
  return found;
}

function read(option: string, grammar: (text: string) => number, text: string): number {
  try {
    return grammar(text);
  } catch (error) {
    if (error instanceof Unfit) throw new WheelmillError('bad-request', `${option} ${error.message}.`);
    throw error;
  }
}
