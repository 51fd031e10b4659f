import { quoted } from '../../core/faults.ts';
import { BuildFailure } from '../../errors.ts';

/** A package source of an image: the archive, whose URL ends in `/`, and one of its suites, `trixie-updates`. */
export type AptSource = { archive: string; suite: string };

/** An index of what packages contain: `http://archive.test/debian/dists/trixie/main/Contents-amd64.gz`. */
export type ContentsUrl = string;

const RELEASE_FILE = /^'([^']+)dists\/([^']+)\/InRelease' /gm;
const PRINTED_URI = /^'([^']+)' /m;

/**
 * Reads what `apt-get update --print-uris` prints: the sources that an image's own apt is set up for.
 * @throws BuildFailure `packages-failed` for an image without any, or with one that cannot be read through.
 */
export function parseAptSources(printed: string): AptSource[] {
  const sources = [...printed.matchAll(RELEASE_FILE)].map(([, archive = '', suite = '']) => ({ archive, suite }));
  const unfit = sources.find(({ archive }) => !isPlainHttp(archive));
  if (unfit)
    throw new BuildFailure(
      'packages-failed',
      `The build image takes packages from ${quoted(unfit.archive)}: only sources with http:// can be read through. Name them so in the image.`,
    );
  if (sources.length > 0) return sources;
  const first = PRINTED_URI.exec(printed)?.[1];
  throw new BuildFailure(
    'packages-failed',
    first === undefined
      ? 'The build image has no apt with package sources, so no Debian packages can be added to it.'
      : `The build image takes packages from ${quoted(first)}, which is no archive with a folder dists.`,
  );
}

/**
 * The Contents indexes of one suite of the sources, for what `apt-get update --print-uris` prints: one a component and
 * architecture, packages for all architectures among them.
 */
export function contentsUrls(printed: string, suite: string): ContentsUrl[] {
  const indexes = [...printed.matchAll(/^'([^']+\/dists\/([^']+)\/)binary-([a-z0-9]+)\/Packages[^']*' /gm)];
  const ofSuite = indexes.filter(([, , where = '']) => where.startsWith(`${suite}/`));
  return [...new Set(ofSuite.map(([, folder, , architecture]) => `${folder}Contents-${architecture}.gz`))];
}

function isPlainHttp(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'http:' && url.href === text && url.username === '' && url.search === '' && url.hash === '';
}

/**
 * Whether a URL is a file of one of these archives. Only indexes and packages are, and nothing that the URL does not say
 * plainly: dots that lead upwards, queries and credentials make it another URL than the one given.
 */
export function isOfArchive(text: string, sources: readonly AptSource[]): boolean {
  if (!URL.canParse(text) || new URL(text).href !== text || /[?#@]/.test(text)) return false;
  return sources.some(({ archive, suite }) =>
    [`${archive}dists/${suite}/`, `${archive}pool/`].some((folder) => text.startsWith(folder)),
  );
}
