import { AsyncLocalStorage } from 'node:async_hooks';
import http, {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import https from 'node:https';
import { WheelmillError } from '../errors.ts';

/** A server that does not take the connection in this time is taken for dead. */
const CONNECT_MS = 3_000;
/** How long a server may think about a request without a body. */
const ANSWER_MS = 5_000;
/** With a body: large objects are copied to replicas before the answer comes. */
const WRITTEN_ANSWER_MS = 60_000;
/** Between two pieces of a body that somebody waits for. */
const BODY_MS = 30_000;
/** Connections to one server for small things; more requests wait in line. */
const MAX_SOCKETS = 32;
/** What one call of the store and the requests that the client makes for it share. */
export type Call = { signal?: AbortSignal | undefined; isFile?: boolean; status?: number; server?: string };

/** The way from a call to its requests past the client, which has no parameter for a signal and hides the status. */
export const calls = new AsyncLocalStorage<Call>();

const RETRYABLE = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

function late(what: string): WheelmillError {
  return new WheelmillError('store-unavailable', `The object store did not ${what} in time.`);
}

function limitTime(request: ClientRequest, answerMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(late('accept a connection')), CONNECT_MS);
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
  let response: IncomingMessage | undefined;
  request.once('response', (message) => {
    response = message;
    request.setTimeout(BODY_MS);
  });
  request.setTimeout(answerMs);
  request.on('timeout', () => {
    // Bytes that lie here unread mean a slow reader, not a slow server.
    if (response === undefined || response.readableLength === 0) request.destroy(late('answer'));
  });
}

/**
 * `http.request` as the minio client calls it, with time limits, the call's abort signal, and the status and `Server`
 * header noted on the call.
 */
export function createTransport(secure: boolean) {
  const library = secure ? https : http;
  const agentOf = (maxSockets: number) => new library.Agent({ keepAlive: true, maxSockets, timeout: BODY_MS });
  const agent = agentOf(MAX_SOCKETS);
  // Files go out at the pace of who reads them, and slow readers must not keep the small things waiting. How many there
  // are is bounded by the store: what waits in an agent's line waits without end.
  const fileAgent = agentOf(Number.POSITIVE_INFINITY);
  const transport = {
    request(
      options: RequestOptions & { headers?: OutgoingHttpHeaders },
      onResponse: (response: IncomingMessage) => void,
    ): ClientRequest {
      const call = calls.getStore() ?? {};
      const signal = call.signal === undefined ? {} : { signal: call.signal };
      const via = call.isFile ? { agent: fileAgent } : {};
      const request = library.request({ ...options, ...signal, ...via }, (response) => {
        call.status = response.statusCode ?? 0;
        call.server = String(response.headers.server ?? '');
        // The client throws these away unread, which would keep the connection busy for ever.
        if (RETRYABLE.has(call.status)) response.resume();
        onResponse(response);
      });
      limitTime(request, Number(options.headers?.['content-length'] ?? 0) > 0 ? WRITTEN_ANSWER_MS : ANSWER_MS);
      return request;
    },
  };
  const close = () => {
    for (const one of [agent, fileAgent]) one.destroy();
  };
  return { transport: transport as Pick<typeof http, 'request'>, agent, close };
}
