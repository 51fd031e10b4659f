import { withDeadline } from '../queue/deadline.ts';

/**
 * Milliseconds that an engine has to answer a plain question, to kill or remove a container, and to end the streams of a
 * killed one; a busy engine needs a few seconds. One that takes longer counts as gone. What it may still run ends at its
 * own deadline, and the sweep finds it.
 */
export const PATIENCE_MS = 30_000;

/** What waiting for an engine ends with; its code is that of a connection that broke (see isBroken). */
export function noAnswer(): Error {
  return Object.assign(new Error('it did not answer in time'), { code: 'ETIMEDOUT' });
}

/** The answer to a question that takes no signal to give up at. Rejects when it has not come in time. */
export function inTime<T>(answer: Promise<T>, patience = PATIENCE_MS): Promise<T> {
  return withDeadline(patience, answer, noAnswer);
}
