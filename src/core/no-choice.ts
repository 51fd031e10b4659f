import { fits, runsOn, versionOf } from './candidate-versions.ts';
import type { OfferedFile, Supply } from './choose.ts';
import { otherVersion } from './other-version.ts';
import type { ProjectStatus } from './project-status.ts';
import { formatLineRef } from './records/line-ref.ts';
import type { Target } from './records/target.ts';
import { parseSpecifier, satisfies } from './specifier.ts';
import { compareVersions, isPrerelease, type Version } from './version.ts';
import type { Wanted } from './wanted.ts';

/** Why nothing of a project can be handed out. */
export type NoChoice = {
  kind: 'failed';
  version: Version | undefined;
  reason: 'no-such-version' | 'python-incompatible' | 'hash-mismatch' | 'no-wheel' | 'no-sdist' | 'quarantined';
  message: string;
};

/** Versions that are named to people who asked for one that there is not. */
const SHOWN_VERSIONS = 3;

/** A longer reason is for upstream's own pages. */
const SHOWN_REASON_CHARS = 200;

/** Says that a project may not be used at all, in upstream's words where it has some. */
export function whyQuarantined({ name, pin }: Wanted, { reason = '' }: ProjectStatus): NoChoice {
  const said = reason
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, SHOWN_REASON_CHARS);
  const message = `Upstream has quarantined ${name}${said === '' ? '' : ` (${JSON.stringify(said)})`}: nothing of it is handed out, what is stored here neither. Take it off the list.`;
  return { kind: 'failed', version: pin, reason: 'quarantined', message };
}

/** Says why none of the versions that a list allows can be had, and what to do. */
export function whyNone(wanted: Wanted, supply: Supply, target: Target, versions: readonly Version[]): NoChoice {
  const files = (supply.offered ?? []).filter((one) => versions.includes(versionOf(one)));
  const failed = (reason: NoChoice['reason'], message: string, version = wanted.pin ?? versions[0]): NoChoice => ({
    ...{ kind: 'failed', version, reason, message },
  });
  if (files.length === 0) return failed('no-such-version', noVersion(wanted, supply), wanted.pin);
  const asked = askedFor(wanted);
  const usable = files.filter((one) => runsOn(one.requiresPython, target));
  if (usable.length === 0) {
    const needs = files[0]?.requiresPython;
    const others = otherVersion(supply.offered ?? [], target);
    const message = `${asked} needs Python ${needs}; the target ${target.name} has ${target.python.version}.`;
    return failed('python-incompatible', others ? `${message} ${others}` : message);
  }
  const left = leftByFormat(wanted, usable, target);
  if (left.length === 0) return refusedByFormat(wanted, supply, target, failed);
  if (wanted.hashes !== undefined)
    return failed(
      'hash-mismatch',
      `None of the list's hashes for ${asked} is a sha256 of a file that upstream offers and the target can use. Lock the list anew.`,
    );
  const what = left.some((one) => one.kind === 'sdist' || fits(one, target))
    ? 'its files have no sha256 in the index'
    : 'it has no sdist, and no wheel that fits';
  return failed('no-such-version', `${asked} cannot be had for ${target.name}: ${what}.`);
}

/** The requirement as all lines together have it, and where it is bounded by others than itself. */
function askedFor({ name, specifier, constraints }: Wanted): string {
  const bounds = constraints.map(formatLineRef).join(', ');
  return `${name}${specifier}${bounds === '' ? '' : ` (bounded by the constraint in ${bounds})`}`;
}

function leftByFormat({ options }: Wanted, files: readonly OfferedFile[], target: Target): readonly OfferedFile[] {
  if (options.formats === 'sdists') return files.filter((one) => one.kind === 'sdist');
  return options.formats === 'wheels' ? files.filter((one) => fits(one, target)) : files;
}

function refusedByFormat(
  wanted: Wanted,
  supply: Supply,
  target: Target,
  failed: (reason: NoChoice['reason'], message: string) => NoChoice,
): NoChoice {
  const { name, options } = wanted;
  const asked = askedFor(wanted);
  const has = (test: (file: OfferedFile) => boolean) => {
    const newest = newestFirst((supply.offered ?? []).filter(test).map(versionOf))[0];
    return newest === undefined ? '' : ` The newest version that has one is ${newest}.`;
  };
  if (options.formats === 'sdists') {
    const message = `The list says --no-binary for ${name}, and upstream has no sdist of ${asked}.${has((one) => one.kind === 'sdist')} Ask for another version, or leave the option out for this project.`;
    return failed('no-sdist', message);
  }
  const message = `The list says --only-binary for ${name}, so nothing is built of it, and upstream has no wheel of ${asked} that fits ${target.name}.${has((one) => fits(one, target))} Ask for another version, or leave the option out for this project to have its sdist built.`;
  return failed('no-wheel', message);
}

function noVersion(wanted: Wanted, { offered }: Supply): string {
  const asked = askedFor(wanted);
  if (offered === undefined)
    return `Upstream does not answer and no stored wheel is ${asked}. Check the spelling of the name.`;
  const all = offered.map(versionOf);
  const specifier = parseSpecifier(wanted.specifier);
  const early = all.filter((one) => isPrerelease(one) && satisfies(one, specifier, { prereleases: true }));
  if (wanted.options.prereleases === false && early.length > 0)
    return `Of ${asked} upstream has only pre-releases (${shown(early)}), and the list says --only-final. Leave that out for this project, or ask for another version.`;
  if (all.length > 0) return `Upstream has no version that is ${asked}. The newest versions there are ${shown(all)}.`;
  return `No upstream index has a project ${asked}. Check the spelling of the name.`;
}

const newestFirst = (versions: readonly Version[]): Version[] =>
  [...new Set(versions)].sort((a, b) => compareVersions(b, a));

const shown = (versions: readonly Version[]): string => newestFirst(versions).slice(0, SHOWN_VERSIONS).join(', ');
