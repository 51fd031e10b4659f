import { CoreError, quoted } from './faults.ts';
import type { VersionRecipe } from './records/project-recipes.ts';
import { parseRequirement } from './requirement.ts';
import { parseSpecifier } from './specifier.ts';

/** A fault of a project's recipes; `recipe` counts them from 1. */
export type RecipeFault = { recipe: number; field: string; message: string };

/** Variables that every build has from Wheelmill itself, folders and where packages come from: a recipe's would be lost. */
const RESERVED = /^(?:HOME|TMPDIR|CARGO_HOME|(?:UV|PIP)_.*)$/;

/** All that is wrong with recipes beyond their schema: specifiers, constraints, variables that cannot be set, order. */
export function recipeFaults(recipes: readonly VersionRecipe[]): RecipeFault[] {
  return recipes.flatMap((one, index) => {
    const fault = (field: string, message: string) => ({ recipe: index + 1, field, message });
    const before = recipes.slice(0, index).findIndex((other) => other.versions === undefined);
    return [
      ...attempted(() => parseSpecifier(one.versions ?? '')).map((message) => fault('versions', message)),
      ...(before === -1
        ? []
        : [fault('versions', `Recipe ${before + 1} is for all versions, so this one is never used: put it before.`)]),
      ...Object.keys(one.environment ?? {})
        .filter((name) => RESERVED.test(name))
        .map((name) => fault('environment', `${name} is set by Wheelmill for every build. Leave it out.`)),
      ...(one.buildConstraints ?? []).flatMap((text) =>
        constraintFaults(text).map((message) => fault('buildConstraints', message)),
      ),
    ];
  });
}

function constraintFaults(text: string): string[] {
  return attempted(() => {
    const { extras, specifier } = parseRequirement(text);
    if (extras.length > 0 || specifier === '')
      throw new CoreError(
        'invalid-requirement',
        `${quoted(text)} bounds nothing: write name and versions, setuptools<58.`,
      );
  });
}

function attempted(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof CoreError) return [error.message];
    throw error;
  }
}
