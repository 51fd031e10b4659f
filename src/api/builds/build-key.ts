import Type from 'typebox';
import { parseBuildKey } from '../../core/build-key.ts';
import { WheelmillError } from '../../errors.ts';

/** Parameters of the routes of one build. */
export const BuildKey = Type.Object({ key: Type.String({ description: 'Build key' }) });

/** The key in a path. Throws WheelmillError `not-found` for what is none. */
export function knownBuildKey(text: string): string {
  try {
    return parseBuildKey(text);
  } catch {
    throw unknownBuild(text.slice(0, 64));
  }
}

export function unknownBuild(key: string): WheelmillError {
  return new WheelmillError('not-found', `There is no build ${key}. GET /api/v1/builds lists the builds there are.`);
}
