import { buildKey } from './build-key.ts';
import { canonicalJson } from './canonical-json.ts';
import type { BuildRequest } from './records/build.ts';
import type { Recipe } from './records/recipe.ts';
import { mayServe, platformOf, type Target } from './records/target.ts';
import type { WheelRecord } from './records/wheel.ts';
import { type Sha256, sha256Hex } from './sha256.ts';
import { parseSpecifier, satisfies } from './specifier.ts';
import { tagPriority } from './tags.ts';
import { compareVersions, isPrerelease, parseVersion, type Version } from './version.ts';
import type { Wanted } from './wanted.ts';
import { type BuildTag, parseWheelFilename, type WheelFilename } from './wheel-filename.ts';

/** A file an index offers, as far as choosing one needs it. `sha256` is missing on indexes of little care. */
export type OfferedFile = {
  filename: string;
  sha256?: Sha256;
  size?: number;
  requiresPython?: string;
  yanked?: true | string;
} & ({ kind: 'wheel'; wheel: WheelFilename } | { kind: 'sdist'; sdist: { version: Version; format: string } });

/** What there is of one project. `offered` is undefined when upstream could not be asked: then stored wheels must do. */
export type Supply<F extends OfferedFile = OfferedFile> = {
  offered: readonly F[] | undefined;
  stored: readonly WheelRecord[];
  recipe: Recipe;
};

export type Choice<F extends OfferedFile = OfferedFile> =
  | { kind: 'hit'; version: Version; wheel: WheelRecord }
  | { kind: 'mirror'; version: Version; file: F; sha256: Sha256 }
  | { kind: 'build'; version: Version; file: F; sha256: Sha256; key: string; visibility: 'public' | 'prebuild' }
  | {
      kind: 'failed';
      version: Version | undefined;
      reason: 'no-such-version' | 'python-incompatible' | 'hash-mismatch';
      message: string;
    };

/**
 * What to hand out for one project of a list: a stored wheel, an upstream wheel, or a build of an sdist.
 *
 * The newest version that the specifier allows and the target can take wins, as in pip; pre-releases only where nothing
 * else is allowed or the specifier names one, yanked files only for an exact pin (PEP 592). Inside a version a wheel of
 * upstream that fits comes first, then a stored wheel from the same sdist, recipe, procedure and (unless it is pure)
 * platform, then the sdist.
 */
export function choose<F extends OfferedFile>(wanted: Wanted, all: Supply<F>, target: Target): Choice<F> {
  const supply = { ...all, stored: all.stored.filter((one) => !one.build || mayServe(one.build.platform, target)) };
  const versions = allowedVersions(wanted, supply);
  for (const version of versions) {
    const choice = chooseOf(version, wanted, supply, target);
    if (choice) return choice;
  }
  return failure(wanted, supply, target, versions);
}

function allowedVersions(wanted: Wanted, supply: Supply): Version[] {
  const specifier = parseSpecifier(wanted.specifier);
  const all = new Set<Version>();
  for (const file of supply.offered ?? [])
    if (!file.yanked || wanted.pin !== undefined)
      all.add(file.kind === 'wheel' ? file.wheel.version : file.sdist.version);
  for (const record of supply.stored)
    if (!record.yanked || wanted.pin !== undefined) all.add(parseVersion(record.version));
  const allowed = [...all]
    .filter((one) => satisfies(one, specifier, { prereleases: true }))
    .sort((a, b) => compareVersions(b, a));
  const wantsPrereleases = /\d(a|b|rc|\.dev)\d/.test(specifier.text);
  const finals = allowed.filter((one) => !isPrerelease(one));
  return wantsPrereleases || finals.length === 0 ? allowed : finals;
}

function chooseOf<F extends OfferedFile>(
  version: Version,
  wanted: Wanted,
  supply: Supply<F>,
  target: Target,
): Choice<F> | undefined {
  const allowed = (sha256: string | undefined) =>
    wanted.hashes === undefined || (sha256 !== undefined && wanted.hashes.has(sha256));
  const usable = (supply.offered ?? []).filter(
    (one) => versionOf(one) === version && runsOn(one.requiresPython, target),
  );
  const fitting = usable.filter(
    (one) => one.kind === 'wheel' && tagPriority(one.wheel.tags, target.tags) !== undefined,
  );
  const [best] = fitting
    .filter((one) => one.sha256 !== undefined && allowed(one.sha256))
    .sort((a, b) => byFit(a, b, target));
  const stored = supply.stored
    .filter((one) => one.version === version && runsOn(one.requiresPython, target))
    .map((record) => ({ record, wheel: parseWheelFilename(record.filename) }))
    .filter(({ wheel }) => tagPriority(wheel.tags, target.tags) !== undefined)
    .sort((a, b) => byTags(a.wheel, b.wheel, target, byOrigin(a.record, b.record, target)));

  const exact = stored.find(({ record }) => wanted.hashes?.has(record.sha256));
  if (exact) return { kind: 'hit', version, wheel: exact.record };
  if (best?.sha256) {
    const same = supply.stored.find((one) => one.sha256 === best.sha256 && one.filename === best.filename);
    return same ? { kind: 'hit', version, wheel: same } : { kind: 'mirror', version, file: best, sha256: best.sha256 };
  }
  const sdists = usable.filter((one) => one.kind === 'sdist' && one.sha256 !== undefined && allowed(one.sha256));
  const hit = stored.find(({ record }) => serves(record, wanted, supply, sdists, target));
  if (hit) return { kind: 'hit', version, wheel: hit.record };
  const sdist = sdists.find((one) => one.kind === 'sdist' && one.sdist.format === 'tar.gz') ?? sdists[0];
  if (!sdist?.sha256) return undefined;
  const key = buildKey({
    sdist: sdist.sha256,
    image: target.build.identity,
    procedure: target.procedure,
    recipe: supply.recipe,
  });
  return {
    kind: 'build',
    version,
    file: sdist,
    sha256: sdist.sha256,
    key,
    // What was built without a container is for those who asked, and on no page of the index.
    visibility: fitting.length === 0 && target.builder !== 'process' ? 'public' : 'prebuild',
  };
}

/** Hash of the recipe fields that change bytes, as wheel records keep it. */
export function recipeHash(recipe: Recipe): Sha256 {
  return sha256Hex(canonicalJson(recipe));
}

/**
 * Whether a wheel that was built from an sdist is what building that sdist for the target gives. With the same recipe and
 * procedure, which differs between builders, it is if the platforms agree: same Debian release, C library and
 * architecture. A pure wheel has nothing of any platform in it; its tags and Requires-Python say where it fits.
 */
function standsIn(build: NonNullable<WheelRecord['build']>, recipe: Recipe, target: Target): boolean {
  if (build.procedure !== target.procedure || build.recipe !== recipeHash(recipe)) return false;
  return mayServe(build.platform, target) && (build.pure === true || build.platform === platformOf(target));
}

/**
 * The stored wheel that makes a build needless: another target's build of the same sdist has ended with one that fits this
 * target too. The best one, if there are several.
 */
export function needlessFor(
  stored: readonly WheelRecord[],
  { sdist, recipe, visibility }: Pick<BuildRequest, 'sdist' | 'recipe' | 'visibility'>,
  target: Target,
): WheelRecord | undefined {
  const [best] = stored
    .filter(
      ({ origin, build, yanked, requiresPython, visibility: shown }) =>
        origin === 'built' &&
        build?.sdist.sha256 === sdist.sha256 &&
        !yanked &&
        (shown === 'public' || visibility === 'prebuild') &&
        standsIn(build, recipe, target) &&
        runsOn(requiresPython, target),
    )
    .map((record) => ({ record, wheel: parseWheelFilename(record.filename) }))
    .filter(({ wheel }) => tagPriority(wheel.tags, target.tags) !== undefined)
    .sort((a, b) => byTags(a.wheel, b.wheel, target, byOrigin(a.record, b.record, target)));
  return best?.record;
}

function serves(
  record: WheelRecord,
  wanted: Wanted,
  supply: Supply,
  sdists: readonly OfferedFile[],
  target: Target,
): boolean {
  if (record.origin !== 'built' || !record.build) return record.origin === 'uploaded' || supply.offered === undefined;
  const { build } = record;
  const isPublic = record.visibility === 'public' || target.builder === 'process';
  if (!isPublic && !wanted.hashes?.has(build.sdist.sha256)) return false;
  if (!standsIn(build, supply.recipe, target)) return false;
  return supply.offered === undefined
    ? wanted.hashes === undefined || wanted.hashes.has(build.sdist.sha256)
    : sdists.some((one) => one.sha256 === build.sdist.sha256);
}

const versionOf = (file: OfferedFile): Version => (file.kind === 'wheel' ? file.wheel.version : file.sdist.version);

/** PEP 345 and 440; a Requires-Python that cannot be read is ignored, as pip does. */
function runsOn(requiresPython: string | undefined, target: Target): boolean {
  if (!requiresPython) return true;
  try {
    return satisfies(parseVersion(target.python.version), parseSpecifier(requiresPython), { prereleases: true });
  } catch {
    return true;
  }
}

function byFit(one: OfferedFile, other: OfferedFile, target: Target): number {
  return one.kind === 'wheel' && other.kind === 'wheel' ? byTags(one.wheel, other.wheel, target) : 0;
}

/** Best tag first, then what else is better, then the highest build tag, as pip sorts. */
function byTags(one: WheelFilename, other: WheelFilename, target: Target, better = 0): number {
  const fit = (wheel: WheelFilename) => tagPriority(wheel.tags, target.tags) ?? Number.MAX_SAFE_INTEGER;
  return fit(one) - fit(other) || better || compareBuilds(other.build, one.build);
}

/** What was built on the target's own image comes first, then its platform: some sdists make other wheels on each, and say of all that they are pure. */
function byOrigin(one: WheelRecord, other: WheelRecord, target: Target): number {
  const distance = ({ build }: WheelRecord) =>
    build?.image === target.build.identity ? 0 : build?.platform === platformOf(target) ? 1 : 2;
  return distance(one) - distance(other);
}

function compareBuilds(one: BuildTag | undefined, other: BuildTag | undefined): number {
  if (!one || !other) return Number(one !== undefined) - Number(other !== undefined);
  return one.number - other.number || (one.suffix < other.suffix ? -1 : Number(one.suffix > other.suffix));
}

function failure(
  wanted: Wanted,
  supply: Supply,
  target: Target,
  versions: readonly Version[],
): Extract<Choice, { kind: 'failed' }> {
  const asked = `${wanted.name}${wanted.specifier}`;
  const files = (supply.offered ?? []).filter((one) => versions.includes(versionOf(one)));
  const refused = files.filter((one) => !runsOn(one.requiresPython, target));
  const version = wanted.pin ?? versions[0];
  if (files.length > 0 && refused.length === files.length) {
    const needs = refused[0]?.requiresPython;
    return {
      kind: 'failed',
      version,
      reason: 'python-incompatible',
      message: `${asked} needs Python ${needs}; the target ${target.name} has ${target.python.version}.`,
    };
  }
  if (wanted.hashes !== undefined && files.length > 0)
    return {
      kind: 'failed',
      version,
      reason: 'hash-mismatch',
      message: `None of the list's hashes for ${asked} is a sha256 of a file that upstream offers and the target can use. Lock the list anew.`,
    };
  if (files.length > 0) {
    const what = files.some((one) => one.kind === 'sdist')
      ? 'its files have no sha256 in the index'
      : 'it has no sdist, and no wheel that fits';
    return {
      kind: 'failed',
      version,
      reason: 'no-such-version',
      message: `${asked} cannot be had for ${target.name}: ${what}.`,
    };
  }
  const newest = [...new Set((supply.offered ?? []).map(versionOf))].sort((a, b) => compareVersions(b, a)).slice(0, 3);
  const known =
    newest.length > 0 ? `The newest versions there are ${newest.join(', ')}.` : 'Check the spelling of the name.';
  const where =
    supply.offered === undefined
      ? 'Upstream does not answer and no stored wheel is'
      : newest.length > 0
        ? 'Upstream has no version that is'
        : 'No upstream index has a project';
  return { kind: 'failed', version: wanted.pin, reason: 'no-such-version', message: `${where} ${asked}. ${known}` };
}
