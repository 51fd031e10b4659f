/**
 * Runs work once for all who ask for the same key meanwhile. A caller whose signal aborts stops waiting; the work goes on for
 * the others, and to its end.
 */
export function createSingleFlight<T>(): (
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
) => Promise<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, signal, work) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    let flight = flights.get(key);
    if (!flight) {
      flight = work().finally(() => flights.delete(key));
      flights.set(key, flight);
    }
    return signal ? abortable(flight, signal) : flight;
  };
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
