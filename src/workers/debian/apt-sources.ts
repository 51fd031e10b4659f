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
  const unfit = sources.find(({ archive }) => !isPlainUrl(archive));
  if (unfit)
    throw new BuildFailure(
      'packages-failed',
      `The build image takes packages from ${quoted(unfit.archive)}: only sources with http:// and https:// can be read through. Name them so in the image.`,
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

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^https?:$/.test(url.protocol) && url.href === text && url.username === '' && url.search === '' && url.hash === ''
  );
}

const plain = (url: string): string => url.replace(/^https:/, 'http:');

/**
 * The URL of a file of one of these archives, for the URL by which apt asks its proxy: the same, or that of an https source
 * which apt was told to take for an http one. Undefined for all else: only indexes and packages are files of an archive, and
 * nothing that the URL does not say plainly (dots that lead upwards, queries and credentials make it another URL than the one given).
 */
export function fileOfArchive(text: string, sources: readonly AptSource[]): string | undefined {
  if (!text.startsWith('http:') || !URL.canParse(text) || new URL(text).href !== text || /[?#@]/.test(text))
    return undefined;
  for (const { archive, suite } of sources) {
    const isOne = [`dists/${suite}/`, 'pool/'].some((folder) => text.startsWith(plain(archive) + folder));
    if (isOne) return archive + text.slice(plain(archive).length);
  }
  return undefined;
}

/** Whether apt has to be told of http in the place of https: it finds no way through its proxy but the plain one. */
export function needsPlain(sources: readonly AptSource[]): boolean {
  return sources.some(({ archive }) => archive.startsWith('https:'));
}
