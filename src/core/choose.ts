import { buildKey } from './build-key.ts';
import { candidateVersions, fits, runsOn, versionOf } from './candidate-versions.ts';
import { canonicalJson } from './canonical-json.ts';
import { type NoChoice, whyNone, whyQuarantined } from './no-choice.ts';
import type { ProjectStatus } from './project-status.ts';
import type { BuildRequest } from './records/build.ts';
import type { VersionRecipe } from './records/project-recipes.ts';
import type { Recipe } from './records/recipe.ts';
import { mayServe, platformOf, type Target } from './records/target.ts';
import type { WheelRecord } from './records/wheel.ts';
import { type Sha256, sha256Hex } from './sha256.ts';
import { tagPriority } from './tags.ts';
import type { Version } from './version.ts';
import { recipeOf } from './version-recipe.ts';
import type { Wanted } from './wanted.ts';
import { type BuildTag, parseWheelFilename, type WheelFilename } from './wheel-filename.ts';
import { mayBeTaken } from './wheel-proof.ts';

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
  /** What upstream says of the project as a whole. */
  status?: ProjectStatus | undefined;
  /** Of the project: the first that is for a version counts. */
  recipes: readonly VersionRecipe[];
  /** Stored wheels that were built here do not count: they are to be built again. */
  rebuild?: boolean | undefined;
};

export type Choice<F extends OfferedFile = OfferedFile> =
  | { kind: 'hit'; version: Version; wheel: WheelRecord }
  | { kind: 'mirror'; version: Version; file: F; sha256: Sha256 }
  | {
      kind: 'build';
      version: Version;
      file: F;
      sha256: Sha256;
      key: string;
      recipe: Recipe;
      visibility: 'public' | 'prebuild';
      rebuild?: true;
    }
  | NoChoice;

/**
 * What to hand out for one project of a list: a stored wheel, an upstream wheel, or a build of an sdist.
 *
 * The best version that the list allows and the target can take wins (`candidateVersions`). Inside a version a wheel of
 * upstream that fits comes first, then a stored wheel from the same sdist, recipe, procedure and (unless it is pure)
 * platform, then the sdist. `--no-binary` leaves sdists and what was built here of them, `--only-binary` what upstream has
 * as wheels. Of a quarantined project (PEP 792) there is nothing: what upstream takes for malware was built here of the
 * same sources.
 */
export function choose<F extends OfferedFile>(wanted: Wanted, all: Supply<F>, target: Target): Choice<F> {
  if (all.status?.status === 'quarantined') return whyQuarantined(wanted, all.status);
  const supply = {
    ...all,
    stored: all.stored.filter((one) => mayBeTaken(one) && (!one.build || mayServe(one.build.platform, target))),
  };
  const versions = candidateVersions(wanted, supply, target);
  for (const version of versions) {
    const choice = chooseOf(version, wanted, supply, target);
    if (choice) return choice;
  }
  return whyNone(wanted, supply, target, versions);
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
  const { formats } = wanted.options;
  const fitting = usable.filter((one) => fits(one, target));
  const [best] = (formats === 'sdists' ? [] : fitting)
    .filter((one) => one.sha256 !== undefined && allowed(one.sha256))
    .sort((a, b) => byFit(a, b, target));
  const stored = supply.stored
    .filter((one) => one.version === version && runsOn(one.requiresPython, target))
    .map((record) => ({ record, wheel: parseWheelFilename(record.filename) }))
    .filter(({ wheel }) => tagPriority(wheel.tags, target.tags) !== undefined)
    .sort(
      (a, b) =>
        yankedLast(a.record, b.record) || byTags(a.wheel, b.wheel, target, byOrigin(a.record, b.record, target)),
    );

  const exact = stored.find(
    ({ record }) => wanted.hashes?.has(record.sha256) && (formats !== 'sdists' || record.origin === 'built'),
  );
  if (exact) return { kind: 'hit', version, wheel: exact.record };
  if (best?.sha256) {
    const same = supply.stored.find((one) => one.sha256 === best.sha256 && one.filename === best.filename);
    return same ? { kind: 'hit', version, wheel: same } : { kind: 'mirror', version, file: best, sha256: best.sha256 };
  }
  const isUploaded = stored.some(({ record }) => record.origin === 'uploaded');
  const sdists = usable.filter((one) => one.kind === 'sdist' && one.sha256 !== undefined && allowed(one.sha256));
  const recipe = recipeFor(wanted, supply, version);
  const hit = stored.find(({ record }) => serves(record, wanted, supply, { sdists, recipe }, target));
  if (hit) return { kind: 'hit', version, wheel: hit.record };
  const sdist = sdists.find((one) => one.kind === 'sdist' && one.sdist.format === 'tar.gz') ?? sdists[0];
  if (!sdist?.sha256 || formats === 'wheels') return undefined;
  const key = buildKey({
    sdist: sdist.sha256,
    image: target.build.identity,
    procedure: target.procedure,
    recipe,
  });
  return {
    kind: 'build',
    version,
    file: sdist,
    sha256: sdist.sha256,
    key,
    recipe,
    // What was built without a container, or as one list wants it, is for those who asked, and on no page of the index.
    visibility:
      fitting.length === 0 && !isUploaded && !wanted.configSettings && target.builder !== 'process'
        ? 'public'
        : 'prebuild',
    ...(supply.rebuild && { rebuild: true }),
  };
}

/** The version's recipe with the settings that the list gives. */
function recipeFor({ configSettings }: Wanted, { recipes }: Supply, version: Version): Recipe {
  const recipe = recipeOf(recipes, version);
  return configSettings ? { ...recipe, configSettings: { ...recipe.configSettings, ...configSettings } } : recipe;
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
    .filter(mayBeTaken)
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

/** Whether a stored wheel does: of built ones those that this very request would give. */
function serves(
  record: WheelRecord,
  wanted: Wanted,
  supply: Supply,
  { sdists, recipe }: { sdists: readonly OfferedFile[]; recipe: Recipe },
  target: Target,
): boolean {
  if (supply.rebuild && record.origin === 'built') return false;
  const { formats } = wanted.options;
  if (record.origin !== 'built' || !record.build) {
    // One whose hash the list gives has been chosen by that.
    if (formats === 'sdists' || wanted.hashes !== undefined) return false;
    return record.origin === 'uploaded' || supply.offered === undefined;
  }
  const { build } = record;
  // Whether somebody has built one before must not decide what `--only-binary` gives.
  if (formats === 'wheels') return false;
  const asksForBuild =
    formats === 'sdists' || wanted.configSettings !== undefined || wanted.hashes?.has(build.sdist.sha256);
  const isPublic = record.visibility === 'public' || target.builder === 'process';
  if (!isPublic && !asksForBuild) return false;
  if (!standsIn(build, recipe, target)) return false;
  return supply.offered === undefined
    ? wanted.hashes === undefined || wanted.hashes.has(build.sdist.sha256)
    : sdists.some((one) => one.sha256 === build.sdist.sha256);
}

const yankedLast = (one: WheelRecord, other: WheelRecord) =>
  Number(one.yanked !== undefined) - Number(other.yanked !== undefined);

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
