import { quoted } from './faults.ts';
import { type Finding, fault } from './list-finding.ts';
import type { ListOption } from './list-options.ts';
import { isProjectName, normalizeName } from './names.ts';
import type { ListOptions } from './records/list-options.ts';

/*
 * What the option lines of all files add up to. `--no-binary` and `--only-binary` are two sets of names that exclude each
 * other, and so are `--all-releases` and `--only-final` (pip: `models/format_control.py`, `models/release_control.py`):
 * an option adds its names to its own set and takes them from the other, `:all:` empties both and becomes the only member,
 * `:none:` empties its own. The last one wins, so the order of lines and files decides.
 */

type SetName = 'noBinary' | 'onlyBinary' | 'allReleases' | 'onlyFinal';

const RIVALS: Readonly<Record<SetName, SetName>> = {
  noBinary: 'onlyBinary',
  onlyBinary: 'noBinary',
  allReleases: 'onlyFinal',
  onlyFinal: 'allReleases',
};

const SET_OF: Partial<Record<ListOption['name'], SetName>> = {
  '--no-binary': 'noBinary',
  '--only-binary': 'onlyBinary',
  '--all-releases': 'allReleases',
  '--only-final': 'onlyFinal',
};

/** One thing an option line does to the sets and switches. */
export type ControlStep =
  | { readonly kind: 'names'; readonly set: SetName; readonly names: readonly string[] }
  | { readonly kind: 'pre' | 'prefer-binary' | 'require-hashes' | 'no-require-hashes' };

function checkNames({ name, value }: ListOption): Finding | undefined {
  const wrong = value.split(',').find((one) => !/^(:all:|:none:)?$/.test(one) && !isProjectName(one));
  if (wrong === undefined) return undefined;
  const how = 'Write names with commas and no blanks between them, or ":all:", or ":none:"';
  return fault('invalid-name', `${quoted(wrong)} of ${name} is not a project name. ${how}.`);
}

/** What an option does, undefined for one that controls nothing. */
export function controlStep(option: ListOption): ControlStep | Finding | undefined {
  const { name, value } = option;
  const set = SET_OF[name];
  if (set !== undefined) return checkNames(option) ?? { kind: 'names', set, names: value.split(',') };
  switch (name) {
    case '--pre':
      return { kind: 'pre' };
    case '--prefer-binary':
      return { kind: 'prefer-binary' };
    case '--require-hashes':
      return { kind: 'require-hashes' };
    case '--no-require-hashes':
      return { kind: 'no-require-hashes' };
    default:
      return undefined;
  }
}

/** The names that count: those behind the last `:all:`, and after it only if there is a `:none:` among them. */
function change(own: Set<string>, other: Set<string>, names: readonly string[]): void {
  const all = names.lastIndexOf(':all:');
  const rest = names.slice(all + 1);
  if (all >= 0) {
    own.clear();
    other.clear();
    own.add(':all:');
    if (!rest.includes(':none:')) return;
  }
  for (const name of rest.filter((one) => one !== '')) {
    if (name === ':none:') {
      own.clear();
      continue;
    }
    const normal = normalizeName(name);
    other.delete(normal);
    own.add(normal);
  }
}

/** The options that a list's steps add up to, in the order pip meets them. */
export function listOptions(steps: readonly ControlStep[]): ListOptions {
  const sets = {
    noBinary: new Set<string>(),
    onlyBinary: new Set<string>(),
    allReleases: new Set<string>(),
    onlyFinal: new Set<string>(),
  };
  for (const step of steps) {
    if (step.kind === 'names') change(sets[step.set], sets[RIVALS[step.set]], step.names);
    if (step.kind === 'pre') sets.allReleases.add(':all:');
  }
  const has = (kind: ControlStep['kind']): boolean => steps.some((step) => step.kind === kind);
  const named = Object.entries(sets).filter(([, names]) => names.size > 0);
  return {
    ...Object.fromEntries(named.map(([set, names]) => [set, [...names].sort()])),
    ...(has('prefer-binary') && { preferBinary: true }),
    ...(has('require-hashes') && { requireHashes: true }),
  };
}
