import { WheelmillError } from '../errors.ts';

/** The fault of an sdist that breaks a rule; `why` goes on after "The sdist is not valid:". */
export function badSdist(why: string, cause?: unknown): WheelmillError {
  return new WheelmillError('bad-upload', `The sdist is not valid: ${why}.`, { cause });
}
