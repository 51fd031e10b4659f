/**
 * Where everything is in the bucket: the only place that spells its keys. See docs/architecture.md, "The bucket".
 */
export const paths = {
  wheelFile: (project: string, sha256: string, filename: string) => `wheels/${project}/${sha256}/${filename}`,
  wheelMetadata: (project: string, sha256: string, filename: string) =>
    `wheels/${project}/${sha256}/${filename}.metadata`,
  wheelRecord: (project: string, filename: string) => `wheels/${project}/${filename}.json`,
  wheelRecords: (project: string) => `wheels/${project}/`,
  projects: () => 'wheels/',

  pages: () => 'simple/',
  format: () => 'format.json',
  rootPage: (format: PageFormat) => `simple/index.${format}`,
  projectPage: (project: string, format: PageFormat) => `simple/${project}/index.${format}`,
  dirty: (project: string, random: string) => `dirty/${project}/${random}`,
  dirtyOf: (project: string) => `dirty/${project}/`,
  allDirty: () => 'dirty/',

  tombstone: (project: string, filename: string) => `tombstones/${project}/${filename}`,
  tombstonesOf: (project: string) => `tombstones/${project}/`,
  allTombstones: () => 'tombstones/',
  deletion: (due: Date, project: string, filename: string) => `deletions/${time(due)}/${project}/${filename}`,
  deletions: () => 'deletions/',

  sdist: (project: string, sha256: string, filename: string) => `sdists/${project}/${sha256}/${filename}`,
  sdistRecord: (project: string, filename: string) => `sdists/${project}/${filename}.json`,
  allSdists: () => 'sdists/',
  sdistRecords: (project: string) => `sdists/${project}/`,

  claim: (project: string) => `claims/${project}.json`,
  claims: () => 'claims/',

  allBuilds: () => 'builds/',
  buildRecord: (key: string) => `builds/${key}/record.json`,
  buildProgress: (key: string) => `builds/${key}/state.json`,
  buildLog: (key: string) => `builds/${key}/log.gz`,
  verification: (key: string) => `builds/${key}/verification.json`,
  openVerification: (key: string) => `open/verifications/${key}`,
  openVerifications: () => 'open/verifications/',
  openBuild: (key: string) => `open/builds/${key}`,
  openBuilds: () => 'open/builds/',
  openProof: (key: string) => `open/proofs/${key}`,
  openProofs: () => 'open/proofs/',
  cancel: (id: string) => `cancels/${id}`,
  cancels: () => 'cancels/',
  waiting: (key: string, prebuild: string) => `waiting/${key}/${prebuild}`,
  waitingFor: (key: string) => `waiting/${key}/`,
  allWaiting: () => 'waiting/',

  prebuilds: () => 'prebuilds/',
  prebuild: (id: string) => `prebuilds/${id}/`,
  prebuildRequest: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/request.json`,
  prebuildList: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/requirements.in`,
  prebuildPlan: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/plan.json`,
  prebuildFirst: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/first.json`,
  prebuildMirrors: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/mirrors.json`,
  prebuildProof: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/proof.json`,
  prebuildRecord: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/record.json`,
  prebuildLocked: (id: string, attempt: number) => `prebuilds/${id}/${padded(attempt)}/requirements.txt`,
  openPrebuild: (id: string) => `open/prebuilds/${id}`,
  openPrebuilds: () => 'open/prebuilds/',

  list: (sha256: string, prebuild: string) => `lists/${sha256}/${prebuild}`,
  listsOf: (sha256: string) => `lists/${sha256}/`,

  recent: (kind: 'builds' | 'prebuilds', endedAt: Date, leaf: string) =>
    `recent/${kind}/${invertedTime(endedAt)}/${leaf}`,
  recentOf: (kind: 'builds' | 'prebuilds') => `recent/${kind}/`,

  installation: () => 'installation',

  reindex: () => 'reindex.json',
  openReindex: () => 'open/reindex',

  worker: (name: string) => `workers/${name}.json`,
  workers: () => 'workers/',

  /** Why an sdist gives no wheel for a target, as far as readers of the index are told. */
  refusal: (project: string, target: string, sdist: string) => `refusals/${project}/${target}/${sdist}.json`,
  refusalsFor: (project: string, target: string) => `refusals/${project}/${target}/`,

  downloadsOfDay: (project: string, day: string, writer: string) => `downloads/${project}/${day}/${writer}.json`,
  /** Of all days until the end of this one. */
  downloadsUntil: (project: string, day: string) => `downloads/${project}/${day}.json`,
  downloadsOf: (project: string) => `downloads/${project}/`,
  allDownloads: () => 'downloads/',

  recipes: (project: string) => `recipes/${project}.json`,
  allRecipes: () => 'recipes/',

  target: (name: string) => `targets/${name}.json`,
  targets: () => 'targets/',

  upstreamPage: (index: string, project: string) => `upstream/${index}/pages/${project}.json`,
  upstreamMetadata: (sha256: string) => `upstream/metadata/${sha256}`,
  /** Empty where an sdist's PKG-INFO does not bind its wheels. */
  sdistMetadata: (sha256: string) => `upstream/sdist-metadata/${sha256}`,
  /** What the wheel of a build will say of itself, by the build's key; empty where only the build can tell. */
  preparedMetadata: (key: string) => `upstream/prepared-metadata/${key}`,
  debianContents: (url: string) => `upstream/debian/contents/${url}.gz`,
  upstreamFile: (sha256: string, filename: string) => `upstream/files/${sha256}/${filename}`,
  upstreamFiles: () => 'upstream/files/',
  /** The name has the size, so that a listing tells all that eviction has to know. */
  upstreamUse: (day: string, sha256: string, size: number) => `upstream/uses/${day}/${sha256}.${size}`,
  upstreamUses: () => 'upstream/uses/',
} as const;

export type PageFormat = 'html' | 'json';

/** Attempts sort as text. */
const padded = (attempt: number): string => String(attempt).padStart(4, '0');

const END_OF_TIME = 9_999_999_999_999;

/** Earliest first: 13 digits, milliseconds. */
function time(at: Date): string {
  return String(at.getTime()).padStart(13, '0');
}

/** Newest first when listed in ascending order: 13 digits, milliseconds left until the year 2286. */
function invertedTime(time: Date): string {
  return String(END_OF_TIME - time.getTime()).padStart(13, '0');
}

/** The time that such a part of a key says. */
export function timeOf(inverted: string): Date {
  return new Date(END_OF_TIME - Number(inverted));
}
