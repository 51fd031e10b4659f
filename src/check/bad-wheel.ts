import { CoreError } from '../core/faults.ts';
import { BuildFailure } from '../errors.ts';

/** The failure of a wheel that breaks a rule; `why` goes on after "The wheel is not valid:". */
export function badWheel(why: string, cause?: unknown): BuildFailure {
  return new BuildFailure('bad-wheel', `The wheel is not valid: ${why}.`, { cause });
}

/** Runs a parser of `core` on a wheel's text: what it refuses is the wheel's fault. */
export function orBadWheel<T>(where: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CoreError) throw badWheel(`${where}: ${error.message.replace(/\.$/, '')}`, error);
    throw error;
  }
}
