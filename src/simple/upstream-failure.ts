import { BuildFailure, WheelmillError } from '../errors.ts';

/** Upstream's failures are a bad gateway's to whoever asks this index. Throws always. */
export function asBadGateway(error: unknown): never {
  if (!(error instanceof BuildFailure)) throw error;
  throw new WheelmillError('upstream-unavailable', error.message, { cause: error });
}
