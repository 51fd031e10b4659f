import { CARGO_FOLDER } from './cargo-home.ts';

/** 1980-01-01: zip files know no time before. */
const ZIP_EPOCH = 315_532_800;

/** Where a run works and where its packages come from. */
export type Place = { folder: string; index: string };

/** Folders that everything written belongs into. */
function folders({ folder }: Place) {
  return {
    HOME: `${folder}/home`,
    TMPDIR: `${folder}/tmp`,
    UV_CACHE_DIR: `${folder}/cache/uv`,
    PIP_CACHE_DIR: `${folder}/cache/pip`,
    CARGO_HOME: `${folder}/${CARGO_FOLDER}`,
  };
}

/** Where everything comes from, and that nothing else is looked for. */
function frontEnds({ index }: Place) {
  return {
    UV_DEFAULT_INDEX: index,
    UV_NO_CONFIG: '1',
    UV_NO_SOURCES: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    UV_PYTHON_PREFERENCE: 'only-system',
    UV_NO_PROGRESS: '1',
    UV_NO_WRAP: '1',
    // The gateway may first have to read through to a slow index.
    UV_HTTP_TIMEOUT: '180',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: index,
    PIP_DEFAULT_TIMEOUT: '180',
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_PROGRESS_BAR: 'off',
    PIP_NO_COLOR: '1',
    NO_COLOR: '1',
    CARGO_TERM_COLOR: 'never',
    // maturin would have a Rust installed from the index, by a program that downloads it from elsewhere.
    MATURIN_NO_INSTALL_RUST: '1',
  };
}

/** Equal on every run, so that a package which is reproducible at all gives the same bytes. */
const REPRODUCIBLE = { PYTHONHASHSEED: '0', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** For programs that only write files: the time that these get, in seconds since 1970, and nothing that differs. */
export function reproducibleEnvironment(sourceDate: number): Record<string, string> {
  return { ...REPRODUCIBLE, SOURCE_DATE_EPOCH: String(Math.max(Math.floor(sourceDate), ZIP_EPOCH)) };
}

/** What every front end of a run needs. */
export function commonEnvironment(place: Place): Record<string, string> {
  return { ...REPRODUCIBLE, ...folders(place), ...frontEnds(place), PYTHONUNBUFFERED: '1' };
}

/**
 * The environment of a build. The recipe's variables win over what is only good manners, not over folders, index and
 * configuration. `sourceDate` is in seconds since 1970; a limit on CPU time does not change what programs take the
 * number of processors for, so they are told. `constraints` is the path of a file that bounds the build environment.
 */
export function buildEnvironment(
  { sourceDate, cpus, constraints, ...place }: Place & { sourceDate: number; cpus: number; constraints?: string },
  recipe: Record<string, string> = {},
): Record<string, string> {
  const jobs = String(Math.max(1, Math.floor(cpus)));
  return {
    ...commonEnvironment(place),
    ...reproducibleEnvironment(sourceDate),
    MAKEFLAGS: `-j${jobs}`,
    CMAKE_BUILD_PARALLEL_LEVEL: jobs,
    NPY_NUM_BUILD_JOBS: jobs,
    CARGO_BUILD_JOBS: jobs,
    ...recipe,
    ...folders(place),
    ...frontEnds(place),
    ...(constraints !== undefined && buildConstraints(constraints)),
  };
}

/** The file that bounds the build environment: for uv, for pip before 25.3, and for pip since. */
function buildConstraints(file: string) {
  return { UV_BUILD_CONSTRAINT: file, PIP_CONSTRAINT: file, PIP_BUILD_CONSTRAINT: file };
}
