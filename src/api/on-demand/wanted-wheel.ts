import { isProjectName, type NormalizedName, normalizeName } from '../../core/names.ts';
import { type PromisedWheel, promisedFilename } from '../../core/promised-wheel.ts';
import type { Target } from '../../core/records/target.ts';
import { isSha256 } from '../../core/sha256.ts';
import { lenientWheelFilename } from '../../core/wheel-filename.ts';
import { WheelmillError } from '../../errors.ts';

/** A promise that somebody wants kept, and the target it is for. */
export type WantedWheel = PromisedWheel & { filename: string; on: Target };

export type PromiseParams = { project: string; sha256: string; filename: string };

/**
 * Reads the URL of a promised wheel: one that a page could have had. Its name tells the target. Whether the index has such an
 * sdist is not known then.
 *
 * @throws WheelmillError `not-found`
 */
export function readWantedWheel(params: PromiseParams, targets: readonly Target[]): WantedWheel {
  const { project, sha256, filename } = params;
  const version = lenientWheelFilename(filename)?.version;
  if (!version || !isProjectName(project) || normalizeName(project) !== project || !isSha256(sha256))
    throw nothingPromised();
  const wheelFor = ({ name }: Target) => ({ project: project as NormalizedName, version, sdist: sha256, target: name });
  const on = targets.find((one) => promisedFilename(wheelFor(one), one) === filename);
  if (!on) throw nothingPromised();
  return { ...wheelFor(on), filename, on };
}

export function nothingPromised(): WheelmillError {
  return new WheelmillError('not-found', 'No such wheel is promised here. Ask the index page for the names there are.');
}
