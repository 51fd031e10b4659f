import type { SdistRecord } from './records/sdist.ts';
import type { WheelRecord } from './records/wheel.ts';

/** Whether a stored wheel comes from an upload: it is one, or was built of an uploaded sdist. */
export function isPrivate(
  { origin, build }: Pick<WheelRecord, 'origin' | 'build'>,
  sdists: readonly Pick<SdistRecord, 'sha256'>[],
): boolean {
  return origin === 'uploaded' || sdists.some((one) => one.sha256 === build?.sdist.sha256);
}

/**
 * The wheels that the index shows of a project: private ones where its name is claimed, what comes from upstream where it
 * is not. Never both, so that nobody gets the one who asked for the other (dependency confusion).
 */
export function indexedWheels<W extends Pick<WheelRecord, 'origin' | 'build'>>(
  wheels: readonly W[],
  { claimed, sdists }: { claimed: boolean; sdists: readonly Pick<SdistRecord, 'sha256'>[] },
): W[] {
  return wheels.filter((one) => isPrivate(one, sdists) === claimed);
}
