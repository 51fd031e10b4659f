import { versionOf } from '../core/candidate-versions.ts';
import { CoreError } from '../core/faults.ts';
import type { NormalizedName } from '../core/names.ts';
import { parseSdistFilename } from '../core/sdist-filename.ts';
import { isVersion, parseVersion } from '../core/version.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import { type RawFile, type RawPage, UnfitPage } from './raw-page.ts';
import type { UpstreamFile, UpstreamProject } from './upstream.ts';

/**
 * What a page says of the project: the files whose names follow a grammar and belong to it, each name once, and everything
 * else left out. None of a quarantined project (PEP 792), not even where its index goes on to list them.
 *
 * @throws UnfitPage for a page that has wheels, but of other projects alone.
 */
export function readPage(
  project: NormalizedName,
  raw: RawPage,
): Pick<UpstreamProject, 'name' | 'status' | 'files' | 'versions'> {
  const byName = new Map<string, UpstreamFile>();
  for (const file of raw.files) {
    const read = byName.has(file.filename) ? undefined : upstreamFile(project, file);
    if (read) byName.set(file.filename, read);
  }
  const files = [...byName.values()];
  if (files.length === 0) checkProject(raw.files);
  const withFiles = new Set<string>(files.map(versionOf));
  const named = new Set((raw.versions ?? []).map((one) => (isVersion(one) ? parseVersion(one) : one)));
  return {
    name: project,
    ...(raw.status && { status: raw.status }),
    ...(raw.status?.status === 'quarantined'
      ? { files: [], versions: [...new Set([...named, ...withFiles])] }
      : { files, versions: [...named].filter((one) => !withFiles.has(one)) }),
  };
}

function upstreamFile(project: NormalizedName, raw: RawFile): UpstreamFile | undefined {
  if (raw.filename.endsWith('.whl')) {
    const wheel = lenientWheelFilename(raw.filename);
    return wheel?.name === project ? { ...raw, kind: 'wheel', wheel } : undefined;
  }
  try {
    return { ...raw, kind: 'sdist', sdist: parseSdistFilename(raw.filename, project) };
  } catch (error) {
    // Eggs, installers and signatures are on old pages by the dozen.
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

/** Of sdists there are old ones under other names than their project's; of wheels there never were. */
function checkProject(files: readonly RawFile[]): void {
  const other = files.map((file) => lenientWheelFilename(file.filename)?.name).find((name) => name !== undefined);
  if (other !== undefined) throw new UnfitPage(`its page has files of ${other} instead`);
}
