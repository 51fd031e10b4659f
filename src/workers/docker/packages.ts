import { bytesText } from '../../core/bytes-text.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { BuildFailure, type Missing, type MissingLibrary } from '../../errors.ts';
import type { Limits, Run } from '../builder.ts';
import { installedSize } from '../debian/apt-size.ts';
import { contentsUrls, needsPlain, parseAptSources } from '../debian/apt-sources.ts';
import type { Archive } from '../debian/archive.ts';
import { packageWith } from '../debian/contents.ts';
import type { Diagnosis } from '../run/diagnose.ts';
import { HELPER_USER, LABELS, ROOT_USER } from './container.ts';
import { type Engine, statusOf } from './engine.ts';
import type { Traffic } from './exec.ts';
import { findImage, type LocalImage } from './identity.ts';
import { inTime } from './patience.ts';
import { type Supervised, supervise } from './supervise.ts';
import { TUNNEL_PORT } from './tunnel.ts';

/** The job of an installation, in labels; no job of the queue is called so. */
export const PACKAGES_JOB = 'packages';

/** Images that are made here are called so; the tag says for what. */
const REPOSITORY = 'wheelmill-packages';

const MIB = 1024 * 1024;
/** apt with all of Debian's indexes takes 200 MiB; unpacking is done by one process. */
const INSTALL_LIMITS: Limits = {
  memory: 1024 * MIB,
  disk: 16 * MIB,
  inodes: 1000,
  pids: 256,
  cpus: 2,
  wallTime: 30 * 60_000,
  silence: 10 * 60_000,
  logBytes: 16 * MIB,
  wheelBytes: 0,
};
/** Making one anew takes some ten seconds, keeping one some hundred megabytes. */
const UNUSED_MS = 24 * 60 * 60_000;
/** Builds decide what healing adds: so many sets of packages are kept and no more, the latest used, that they cannot fill the disk. */
const MAX_IMAGES = 32;
const MAX_PRINTED_BYTES = MIB;

const ENVIRONMENT = {
  HOME: '/tmp',
  DEBIAN_FRONTEND: 'noninteractive',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};
const LISTS = '/tmp/apt-lists';
/** Indexes go to the folder in memory; of the network there is only the door. */
const APT = [
  'apt-get',
  '-q',
  ...[
    `Acquire::http::Proxy=http://127.0.0.1:${TUNNEL_PORT}/`,
    'Acquire::http::Timeout=300',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb-src::Sources::DefaultEnabled=false',
    'APT::Sandbox::User=root',
    `Dir::State::lists=${LISTS}`,
    'Dpkg::Use-Pty=0',
  ].flatMap((option) => ['-o', option]),
];

const PLAIN_SOURCES = '/tmp/apt-sources';
/** The image's own sources as apt is to take them here: in the folder in memory, so that the image keeps its own. */
const MAKE_PLAIN = `
set -e
mkdir -p "$0/parts"
: > "$0/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  case $file in */sources.list) to="$0/sources.list" ;; *) to="$0/parts/\${file##*/}" ;; esac
  sed 's,https://,http://,g' "$file" > "$to"
done`;
const FROM_PLAIN_SOURCES = [
  ...['-o', `Dir::Etc::sourcelist=${PLAIN_SOURCES}/sources.list`],
  ...['-o', `Dir::Etc::sourceparts=${PLAIN_SOURCES}/parts`],
];

export type Packages = {
  /** The image with these packages added, made if it is not there; the very image for none. Throws BuildFailure. */
  image(base: LocalImage, python: string, packages: readonly string[] | undefined, run: Run): Promise<LocalImage>;
  /** The Debian package that has what a build misses, by the package sources of its image; undefined where none is known. */
  packageWith(
    missing: Missing | MissingLibrary,
    order: { base: LocalImage; python: string; suite: string; run: Run },
  ): Promise<string | undefined>;
  /** Removes images that nobody has used for a day, and those beyond the latest used ones that are kept; returns how many. */
  sweep(now?: number, kept?: number): Promise<number>;
};

/**
 * Images with further Debian packages: one for an image and a set of packages. A container of its own makes it, in which
 * apt runs as root and nothing of any sdist ever did. Its identity stays that of the image it is made of: what was added is
 * in the recipe.
 *
 * @param maxBytes what a set of packages may take of the engine's disk
 */
export function createPackages(
  engine: Engine,
  archive: Archive | undefined,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Packages {
  const making = new Map<string, Promise<LocalImage>>();
  const lastUsed = new Map<string, number>();

  async function find(base: LocalImage, name: string): Promise<LocalImage | undefined> {
    const found = await findImage(engine.docker, name);
    return found && { ...found, identity: base.identity };
  }

  return {
    async image(base, python, packages = [], run) {
      if (packages.length === 0) return base;
      const name = nameOf(engine, base, packages);
      for (;;) {
        lastUsed.set(name, Date.now());
        const found = await find(base, name);
        if (found) return found;
        const others = making.get(name);
        if (others === undefined) break;
        // It may have been cancelled with the build that began it.
        await others.catch(() => {});
        if (making.get(name) === others) making.delete(name);
      }
      if (!archive) throw new BuildFailure('packages-failed', 'This worker cannot add Debian packages to its images.');
      const ours = make(engine, archive, { base, name, python, packages, maxBytes, run });
      making.set(name, ours);
      try {
        return await ours;
      } finally {
        if (making.get(name) === ours) making.delete(name);
      }
    },
    async packageWith(missing, { base, python, suite, run }) {
      if (!archive) return undefined;
      const { signal } = run;
      const looking = {
        what: 'The look at the package sources',
        run: { ...run, limits: INSTALL_LIMITS },
        image: base,
        python,
      };
      const printed = await supervise(engine, looking, printedUris);
      const sources = parseAptSources(printed);
      const urls = contentsUrls(printed, suite);
      // The architecture's own index comes first: nearly all that builds look for is in it.
      for (const url of urls) {
        const found = await packageWith(missing, archive.contents(url, sources, signal));
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async sweep(now = Date.now(), kept = MAX_IMAGES) {
      const filters = { label: [`${LABELS.packages}=1`, `${LABELS.owner}=${engine.owner}`] };
      const images = (await inTime(engine.docker.listImages({ filters })))
        .map(({ Id, RepoTags, Created }) => ({
          name: RepoTags?.[0] ?? Id,
          used: Math.max(Created * 1000, ...(RepoTags ?? []).map((name) => lastUsed.get(name) ?? 0)),
        }))
        .sort((one, other) => other.used - one.used);
      let removed = 0;
      for (const [at, { name, used }] of images.entries()) {
        if (at < kept && now - used < UNUSED_MS) continue;
        // The engine refuses to remove what a container is made of.
        const gone = await engine.docker
          .getImage(name)
          .remove()
          .then(() => true)
          .catch((error) => {
            if (statusOf(error) === 404 || statusOf(error) === 409) return false;
            throw error;
          });
        if (gone) removed += 1;
      }
      return removed;
    },
  };
}

function nameOf({ owner }: Engine, { identity }: LocalImage, packages: readonly string[]): string {
  return `${REPOSITORY}:${sha256Hex(canonicalJson({ owner, identity, packages: [...packages].sort() })).slice(0, 32)}`;
}

type Order = {
  base: LocalImage;
  name: string;
  python: string;
  packages: readonly string[];
  maxBytes: number;
  run: Run;
};

async function make(engine: Engine, archive: Archive, order: Order): Promise<LocalImage> {
  const { base, name, python, packages, maxBytes, run } = order;
  const what = `The installation of ${packages.join(', ')} into the image`;
  const installing = { what, run: { ...run, job: PACKAGES_JOB, limits: INSTALL_LIMITS }, image: base, python };
  return supervise(engine, { ...installing, diagnosis: diagnoseApt, installs: true }, async (inside) => {
    await inside.guard.note(`adding ${packages.join(' ')} to the image`);
    const sources = parseAptSources(await printedUris(inside));
    await inside.openDoor(archive.gateway(sources));
    const asRoot = (command: string[], traffic?: Traffic) =>
      inside.step({ arguments: command, user: ROOT_USER, environment: ENVIRONMENT }, traffic);
    const isPlain = !needsPlain(sources);
    const withApt = (command: string[]) => [...APT, ...(isPlain ? [] : FROM_PLAIN_SOURCES), ...command];
    const apt = (...command: string[]) => asRoot(withApt(command));
    if (!isPlain) await asRoot(['/bin/sh', '-c', MAKE_PLAIN, PLAIN_SOURCES]);
    await asRoot(['mkdir', '-p', `${LISTS}/partial`]);
    await apt('update');
    const install = (...options: string[]) =>
      withApt(['install', ...options, '--yes', '--no-install-recommends', '--', ...packages]);
    const uris = await printedBy(inside, (traffic) => asRoot(install('--print-uris'), traffic));
    refuseLarge(packages, installedSize(uris), maxBytes);
    await asRoot(install());
    await apt('clean');
    const [repo, tag] = name.split(':');
    const changes = `LABEL ${LABELS.packages}=1`;
    await inside.container.commit({ repo, tag, changes, abortSignal: inside.lost });
    const made = await findImage(engine.docker, name);
    if (made) return { ...made, identity: base.identity };
    throw new BuildFailure('worker-lost', `The engine has made ${name} and does not have it.`);
  });
}

/** Before the door is open, and as a user who may change nothing: what the image itself is set up for. */
function printedUris(inside: Supervised): Promise<string> {
  const update = { arguments: ['apt-get', 'update', '--print-uris'], user: HELPER_USER, environment: ENVIRONMENT };
  return printedBy(inside, (traffic) => inside.step(update, traffic));
}

/** What a step prints; its complaints go to the log. */
async function printedBy({ guard }: Supervised, step: (traffic: Traffic) => Promise<void>): Promise<string> {
  let printed = '';
  await step({
    onOutput: async ({ channel, data }) => {
      if (channel === 'stderr') await guard.take(data);
      else if (printed.length < MAX_PRINTED_BYTES) printed += data.toString();
    },
  });
  return printed;
}

/** Before anything of them is fetched. */
function refuseLarge(packages: readonly string[], bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new BuildFailure(
    'packages-failed',
    `The Debian packages ${packages.join(', ')}, with what they need, take ${bytesText(bytes)} of disk, and ${bytesText(most)} are allowed (WHEELMILL_MAX_DEBIAN_BYTES).`,
    {
      hint: 'Raise WHEELMILL_MAX_DEBIAN_BYTES if these are the packages that are meant, or name smaller ones in the recipe.',
    },
  );
}

/** What apt says of packages that cannot be had. */
export function diagnoseApt(tail: string): Diagnosis {
  const unknown = /E: (?:Unable to locate package |Package '?)([a-z0-9.+-]+)(?:'? has no installation candidate)?/.exec(
    tail,
  );
  if (unknown?.[1])
    return { reason: 'packages-failed', message: `The image's package sources have no package ${unknown[1]}.` };
  const last = tail.split('\n').findLast((line) => /^(?:E|Err|W):/.test(line));
  const isAway = /Failed to fetch|Could not (?:connect|resolve)|Unable to connect|\b50[234]\b/.test(tail);
  return {
    reason: isAway ? 'upstream-unavailable' : 'packages-failed',
    message: `The Debian packages could not be added to the image: ${last?.slice(0, 300) ?? 'apt gave no reason'}`,
  };
}
