import type { Missing, MissingLibrary } from '../../errors.ts';

/**
 * Lines of a Contents index (https://wiki.debian.org/DebianRepository/Format#A.22Contents.22_indices) that a build or a wheel may
 * look for: headers, programs, libraries to link with and to load, pkg-config files. They are a fifth of it.
 */
const OF_INTEREST =
  /^usr\/(?:include|bin|sbin)\/|^usr\/(?:lib|share)\/(?:[^/\s]+\/)*(?:pkgconfig\/[^/\s]+\.pc|lib[^/\s]+\.(?:so|a))\s|^(?:usr\/)?lib\/(?:[a-z0-9_]+-linux-[^/\s]+\/)?lib[^/\s]+\.so(?:\.[^/\s]+)?\s/;

/** Raised by hand when other lines are of interest: indexes that are kept have those of before. */
export const INTEREST = 2;

/** Whether a line is worth keeping. */
export const isOfInterest = (line: string): boolean => OF_INTEREST.test(line);

/** Folders below the usual ones in which a file may be and still be found: with the flags of pkg-config, or by luck. */
const MAX_FOLDERS = 2;
const PROGRAMS = /^usr\/s?bin\//;
const TRIPLET = /^[a-z0-9_]+-linux-gnu[a-z0-9]*\//;
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+$/;

/**
 * Whatever of Rust a build names, it needs cargo, whose package brings the compiler along. Debian renews cargo-web within a
 * release, for browsers: many crates want a newer Rust than the release came with, and cargo before 1.68 reads no sparse registry.
 */
const RUST = /^(?:cargo|rustc|rust(?: compiler)?)$/i;
const NEWEST_RUST = 'cargo-web';

type Place = { root: RegExp; names: string[]; preferred?: string };

function placesOf({ kind, name }: Missing | MissingLibrary): Place | undefined {
  if (kind === 'program' && RUST.test(name)) return { root: PROGRAMS, names: ['cargo'], preferred: NEWEST_RUST };
  if (!/^[\w+./-]+$/.test(name) || name.includes('..')) return undefined;
  if (kind === 'header') return { root: /^usr\/include\//, names: [name] };
  if (kind === 'program') return { root: PROGRAMS, names: [name] };
  if (kind === 'module') return { root: /^usr\/(?:lib|share)\/(?:[^/]+\/)?pkgconfig\//, names: [`${name}.pc`] };
  // The loader looks in no other folders.
  if (kind === 'soname') return { root: /^(?:usr\/)?lib\/(?:[a-z0-9_]+-linux-[^/]+\/)?(?=[^/]+$)/, names: [name] };
  const plain = name.replace(/^lib(?=.)/, '');
  return { root: /^usr\/lib\//, names: [`lib${plain}.so`, `lib${plain}.a`] };
}

/**
 * The Debian package whose file a build looks for. Of several, the one where the file is least deep in folders, then a
 * development package, then the one with the shortest name: others are variants of it.
 *
 * @param lines of Contents indexes: path, blanks, packages with their sections and commas between
 */
export async function packageWith(
  missing: Missing | MissingLibrary,
  lines: AsyncIterable<string>,
): Promise<string | undefined> {
  const place = placesOf(missing);
  if (!place) return undefined;
  let best: { rank: [number, number, number, string]; name: string } | undefined;
  for await (const line of lines) {
    // Most lines end here: to look for a name is far cheaper than to take the line apart.
    if (!place.names.some((name) => line.includes(name))) continue;
    const [, path = '', packages = ''] = /^(\S+)\s+(\S+)$/.exec(line) ?? [];
    if (!place.root.test(path)) continue;
    const below = path.replace(place.root, '').replace(TRIPLET, '');
    const name = place.names.find((one) => below === one || below.endsWith(`/${one}`));
    if (name === undefined) continue;
    const folders = below.split('/').length - name.split('/').length;
    if (folders > MAX_FOLDERS || (folders > 0 && missing.kind === 'program')) continue;
    for (const one of packages.split(',')) {
      const found = one.split('/').at(-1) ?? '';
      if (!PACKAGE.test(found)) continue;
      const isFirstChoice = found === place.preferred || one.includes('libdevel/');
      const rank: [number, number, number, string] = [folders, isFirstChoice ? 0 : 1, found.length, found];
      if (!best || isLess(rank, best.rank)) best = { rank, name: found };
    }
  }
  return best?.name;
}

function isLess(one: readonly (number | string)[], other: readonly (number | string)[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at !== -1 && one[at]! < other[at]!;
}
