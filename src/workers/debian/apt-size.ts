const UNITS: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** What apt-get says, and what newer ones may say as `apt` does. It counts in thousands, and rounds to three or four digits. */
const SPACE =
  /^(?:After this operation, ([\d.,]+) ([kMGT]?)B of additional disk space|\s*Space needed: ([\d.,]+) ([kMGT]?)B)/m;
const FILE = /^'[^']+' \S+ (\d+)/gm;

/**
 * How many bytes an installation takes, by what `apt-get install --print-uris` prints: the space that apt says it needs, which is
 * the sum of the packages' Installed-Size (Debian policy 5.6.20), and where it says nothing of it the size of the archives.
 */
export function installedSize(printed: string): number {
  const [, amount, unit, newer, newerUnit] = SPACE.exec(printed) ?? [];
  const said = Number((amount ?? newer)?.replaceAll(',', ''));
  const archives = [...printed.matchAll(FILE)].reduce((sum, [, size]) => sum + Number(size), 0);
  return Number.isFinite(said) ? Math.max(said * (UNITS[unit ?? newerUnit ?? ''] ?? 1), archives) : archives;
}
