import { parsePrebuildId } from '../../core/prebuild-id.ts';
import { WheelmillError } from '../../errors.ts';

/** An id out of a URL; throws WheelmillError `not-found`. */
export function knownId(text: string): string {
  try {
    return parsePrebuildId(text);
  } catch {
    throw unknownPrebuild(text.slice(0, 64));
  }
}

export function unknownPrebuild(id: string): WheelmillError {
  return new WheelmillError('not-found', `There is no prebuild ${id}. Post its list to /api/v1/prebuilds.`);
}
