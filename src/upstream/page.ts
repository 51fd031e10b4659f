import { CoreError } from '../core/faults.ts';
import type { NormalizedName } from '../core/names.ts';
import { parseSdistFilename } from '../core/sdist-filename.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import type { RawFile } from './raw-page.ts';
import type { UpstreamFile } from './upstream.ts';

/** The files of a page whose names follow a grammar and belong to the project; everything else is left out. */
export function upstreamFiles(project: NormalizedName, raw: readonly RawFile[]): UpstreamFile[] {
  return raw.map((file) => upstreamFile(project, file)).filter((file) => file !== undefined);
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
