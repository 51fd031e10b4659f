import type { RecipeLimits, VersionRecipe } from '../../../core/records/project-recipes.ts';
import { bytes, duration, integer, Unfit } from '../../../setting-grammar.ts';
import type { FieldName, Typed } from './fields.ts';

type Tell = (field: FieldName, message: string) => void;

/** The recipe that somebody has typed. Tells what cannot be read, and leaves it out. */
export function recipeOfTyped(typed: Typed, tell: Tell): VersionRecipe {
  const { versions, frontEnd, libraries, debugInformation, note } = typed;
  const environment = pairs('environment', typed.environment, tell);
  const settings = pairs('configSettings', typed.configSettings, tell);
  const limits = limitsOf(typed, tell);
  const lists = {
    packages: words(typed.packages),
    buildConstraints: lines(typed.buildConstraints).map((one) => one.trim()),
    imports: words(typed.imports),
  };
  return {
    ...(versions !== undefined && { versions: versions.trim() }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(environment.size > 0 && {
      environment: Object.fromEntries([...environment].map(([name, values]) => [name, values.at(-1)!])),
    }),
    ...(settings.size > 0 && {
      configSettings: Object.fromEntries(
        [...settings].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
      ),
    }),
    // Whether it is one of those that there are, the schema says.
    ...({ frontEnd, libraries, debugInformation } as Pick<VersionRecipe, 'frontEnd'>),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(note !== undefined && { note: note.trim() }),
  };
}

/** A recipe as it stands in the form. */
export function typedOfRecipe(recipe: VersionRecipe): Typed {
  const { versions, packages, buildConstraints, environment, configSettings, imports, limits = {}, note } = recipe;
  const { frontEnd, libraries, debugInformation } = recipe;
  const pairsOf = (of: Readonly<Record<string, string | string[]>> = {}) =>
    Object.entries(of).flatMap(([name, values]) => [values].flat().map((value) => `${name}=${value}`));
  const all: Record<FieldName, string | undefined> = {
    ...{ versions, frontEnd, libraries, debugInformation, note },
    packages: packages?.join(' '),
    buildConstraints: buildConstraints?.join('\n'),
    environment: pairsOf(environment).join('\n'),
    configSettings: pairsOf(configSettings).join('\n'),
    imports: imports?.join(' '),
    memory: limits.memory === undefined ? undefined : sizeText(limits.memory),
    disk: limits.disk === undefined ? undefined : sizeText(limits.disk),
    pids: limits.pids?.toString(),
    time: limits.time === undefined ? undefined : timeText(limits.time),
  };
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text !== undefined && text !== ''));
}

function limitsOf(typed: Typed, tell: Tell): RecipeLimits {
  const grammars = { memory: bytes, disk: bytes, pids: integer(1, 100_000), time: duration };
  const limits: RecipeLimits = {};
  for (const [name, grammar] of Object.entries(grammars) as [keyof RecipeLimits, (text: string) => number][]) {
    const text = typed[name];
    if (text === undefined) continue;
    try {
      limits[name] = grammar(text.trim());
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      tell(name, `It ${error.message}.`);
    }
  }
  return limits;
}

function pairs(field: FieldName, text: string | undefined, tell: Tell): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of lines(text)) {
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    if (name === '') tell(field, `Write NAME=VALUE, not "${line}".`);
    else found.set(name, [...(found.get(name) ?? []), line.slice(at + 1)]);
  }
  return found;
}

const words = (text = ''): string[] => text.split(/[\s,]+/).filter((one) => one !== '');
const lines = (text = ''): string[] => text.split(/\r?\n/).filter((one) => one.trim() !== '');

/** As the grammar of sizes reads it. */
function sizeText(size: number): string {
  const units = ['GiB', 'MiB', 'KiB'] as const;
  const at = units.findIndex((_, power) => size % 1024 ** (3 - power) === 0);
  return at === -1 ? `${size}B` : `${size / 1024 ** (3 - at)}${units[at]}`;
}

function timeText(time: number): string {
  const units = [
    ['h', 3600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, length] = units.find(([, each]) => time % each === 0) ?? ['ms', 1];
  return `${time / length}${unit}`;
}
