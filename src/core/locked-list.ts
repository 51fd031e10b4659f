import type { PrebuildRecord } from './records/prebuild.ts';

/** One wheel of a finished prebuild, as far as the locked list and the find-links page need it. */
export type LockedWheel = { project: string; version: string; filename: string; sha256: string };

/**
 * The requirements list that is handed back: every wheel pinned, with the hash of our file, for `pip install
 * --require-hashes` and `uv pip install --require-hashes`. `about` becomes comment lines.
 */
export function lockedList(wheels: readonly LockedWheel[], about: readonly string[]): string {
  const sorted = [...wheels].sort((one, other) => (one.project < other.project ? -1 : 1));
  const lines = sorted.map((one) => `${one.project}==${one.version} \\\n    --hash=sha256:${one.sha256}`);
  return [...about.map((line) => `# ${line}`), ...lines, ''].join('\n');
}

/** The wheels a prebuild has, as they are pinned in its list. One that failed its proof is not among them. */
export function lockedWheels(prebuild: Pick<PrebuildRecord, 'items'>): LockedWheel[] {
  return prebuild.items.flatMap(({ project, version, wheel, state }) =>
    wheel && version && state !== 'failed' ? [{ project, version, ...wheel }] : [],
  );
}

/** The list that is handed back for a prebuild that has ended. */
export function lockedListOf(record: PrebuildRecord): string {
  const missing = record.items.filter((one) => one.state === 'failed');
  return lockedList(lockedWheels(record), [
    `Wheelmill prebuild ${record.id}, attempt ${record.attempt}, target ${record.target}: ${record.state}`,
    ...missing.map((one) => `missing: ${one.project}${one.version ? ` ${one.version}` : ''} (${one.reason})`),
  ]);
}
