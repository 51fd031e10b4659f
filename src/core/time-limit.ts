/**
 * A signal that fires after `milliseconds`, or with `signal` if that is earlier.
 *
 * `AbortSignal.any` holds what it joins weakly in Node 20: a bare `AbortSignal.timeout` in it is collected as garbage and
 * never fires. One that is listened to is kept until it has fired.
 */
export function timeLimit(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const timer = AbortSignal.timeout(milliseconds);
  timer.addEventListener('abort', () => {}, { once: true });
  return signal ? AbortSignal.any([signal, timer]) : timer;
}
