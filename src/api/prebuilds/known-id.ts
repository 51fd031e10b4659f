import { parsePrebuildId } from '../../core/prebuild-id.ts';
import { WheelmillError } from '../../errors.ts';
import { listAttempts } from '../../storage/prebuild-records.ts';
import type { Api } from '../context.ts';

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

/** The attempt that was asked for, or the newest. Throws WheelmillError `not-found`. */
export async function attemptOf(api: Pick<Api, 'store'>, id: string, asked: number | undefined): Promise<number> {
  const attempts = await listAttempts(api.store, id);
  const attempt = asked ?? attempts.at(-1);
  if (attempt === undefined || !attempts.includes(attempt)) throw unknownPrebuild(id);
  return attempt;
}
