/** As much of a dispatcher of undici (docs: Dispatcher.dispatch) as is passed on. */
type Dispatcher = { dispatch(options: object, handler: unknown): boolean };

/** Where Node.js keeps what carries its `fetch`, with the proxies that it was told. */
const GLOBAL = Symbol.for('undici.globalDispatcher.1');

/**
 * For a stream that may be silent for longer than the five minutes that Node's `fetch` waits for each piece of a body. All else is
 * carried as by any other `fetch`. To be asked for after Node.js has loaded that: with its first `Headers`.
 */
export function patientDispatcher(): { dispatcher?: Dispatcher } {
  const dispatcher = (globalThis as { [GLOBAL]?: Dispatcher })[GLOBAL];
  if (dispatcher === undefined) return {};
  return {
    dispatcher: { dispatch: (options, handler) => dispatcher.dispatch({ ...options, bodyTimeout: 0 }, handler) },
  };
}
