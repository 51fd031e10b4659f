import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { buildConnector, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { timeLimit } from '../core/time-limit.ts';
import { checkUrl, guardedLookup, hostAndPort, RefusedAddress } from './guard.ts';
import { readUrl, shownUrl, type UpstreamIndex } from './upstream-index.ts';

/** An answer after redirects. Header names are lower case; `body` must be read or destroyed. */
export type Answer = { status: number; header(name: string): string | undefined; url: URL; body: Readable };

/**
 * Why nothing came: `refused` and `unfit` stay as they are however often one asks, `status` and `broken` may pass. The
 * message is a sentence's second half ("it answered 503"), safe to show.
 */
export class HttpFault extends Error {
  readonly kind: 'refused' | 'unfit' | 'status' | 'broken';
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;

  constructor(
    kind: HttpFault['kind'],
    message: string,
    options: { cause?: unknown; status?: number; retryAfter?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HttpFault';
    this.kind = kind;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
  }
}

/** Milliseconds. `idle` bounds the silence between two pieces of a body, `total` one attempt from the first byte to the last. */
export type Timeouts = { connect: number; headers: number; idle: number };

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, idle: 30_000 };

/** Waits before the second, third and fourth attempt, in milliseconds. */
export const DEFAULT_RETRY_DELAYS: readonly number[] = [300, 1_500, 5_000];

/** As curl and pip bound it in spirit: more than a mirror needs, and loops end soon. */
const MAX_REDIRECTS = 5;
/** A busy index may ask for a pause; a longer one than this is a failure for the person who waits. */
const MAX_RETRY_AFTER = 10_000;
/** To one host: a list of hundreds of projects asks at once, and an index should not feel it. */
const MAX_CONNECTIONS = 16;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export type HttpOptions = {
  indexes: readonly UpstreamIndex[];
  /** `host:port` of private addresses that index pages may lead to, besides the indexes' own. */
  privateHosts?: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY are taken from here, in either case. */
  environment?: Readonly<Record<string, string | undefined>>;
  timeouts?: Partial<Timeouts>;
  retryDelays?: readonly number[];
  /** Told of every attempt: the status of its answer, and the seconds to its headers. */
  onAnswer?: (outcome: number | 'failed', seconds: number) => void;
};

export type GetOptions = {
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds for one attempt, redirects and body included. */
  time: number;
};

export type Http = {
  /**
   * Asks, follows redirects and hands the answer to `read`; tries again where the network, the server (5xx, 429) or `read`
   * broke. Other answers, 404 included, are for `read` to judge.
   * @throws HttpFault, or the signal's reason.
   */
  get<T>(url: string, options: GetOptions, read: (answer: Answer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

/** Two connection pools: one for the hosts that are trusted with a private address, one that checks every address. */
export function createHttp(options: HttpOptions): Http {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const delays = options.retryDelays ?? DEFAULT_RETRY_DELAYS;
  const trusted = new Set([
    ...options.indexes.map((index) => hostAndPort(new URL(index.url))),
    ...(options.privateHosts ?? []),
  ]);
  const env = options.environment ?? {};
  const agent = (connect: buildConnector.connector) =>
    new EnvHttpProxyAgent({
      connect,
      connections: MAX_CONNECTIONS,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idle,
      // An empty text keeps undici from reading the process environment itself.
      httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
      httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
      noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    });
  const agents = {
    own: agent(buildConnector({ timeout: timeouts.connect })),
    foreign: agent(guardedConnector(trusted, timeouts.connect)),
  };

  async function one(start: URL, get: GetOptions, signal: AbortSignal): Promise<Answer> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const isTrusted = trusted.has(hostAndPort(url));
      checkUrl(url, isTrusted);
      const answer = await request(url, {
        method: get.method ?? 'GET',
        headers: { 'user-agent': 'wheelmill', ...get.headers, ...authorization(url, options.indexes) },
        dispatcher: isTrusted ? agents.own : agents.foreign,
        signal,
      });
      const location = REDIRECTS.has(answer.statusCode) ? single(answer.headers.location) : undefined;
      if (location === undefined) return toAnswer(answer, url);
      await discard(answer.body);
      url = redirected(url, location);
    }
    throw new HttpFault('unfit', `it redirected more than ${MAX_REDIRECTS} times`);
  }

  async function attempt<T>(url: URL, get: GetOptions, read: (answer: Answer) => Promise<T>): Promise<T> {
    const timer = timeLimit(get.time);
    const signal = get.signal ? AbortSignal.any([get.signal, timer]) : timer;
    let body: Readable | undefined;
    const asked = performance.now();
    const tell = (outcome: number | 'failed') => options.onAnswer?.(outcome, (performance.now() - asked) / 1000);
    try {
      const answer = await one(url, get, signal).catch((error) => {
        // Who asked has gone: that is no fault of upstream's.
        if (!get.signal?.aborted) tell('failed');
        throw error;
      });
      tell(answer.status);
      body = answer.body;
      if (answer.status === 429 || answer.status >= 500) {
        throw new HttpFault('status', `it answered ${answer.status}`, {
          status: answer.status,
          retryAfter: retryAfter(answer.header('retry-after')),
        });
      }
      return await read(answer);
    } catch (error) {
      get.signal?.throwIfAborted();
      throw translated(error, timer, get.time);
    } finally {
      body?.on('error', () => {}).destroy();
    }
  }

  return {
    async get(text, get, read) {
      const url = readUrl(text);
      if (!url) throw new HttpFault('refused', 'its URL is not valid');
      for (let tries = 0; ; tries += 1) {
        get.signal?.throwIfAborted();
        try {
          return await attempt(url, get, read);
        } catch (error) {
          const wait = delays[tries];
          if (!(error instanceof HttpFault) || wait === undefined || !/^(status|broken)$/.test(error.kind)) throw error;
          const longer = Math.max(wait, error.retryAfter ?? 0);
          await delay(Math.min(longer, MAX_RETRY_AFTER), undefined, get.signal ? { signal: get.signal } : {});
        }
      }
    },
    async close() {
      await Promise.all([agents.own.destroy(), agents.foreign.destroy()]);
    },
  };
}

/** Connects only to global addresses, and to those that a trusted host has on the same port. */
function guardedConnector(trusted: ReadonlySet<string>, timeout: number): buildConnector.connector {
  const byPort = new Map<string, buildConnector.connector>();
  return (options, callback) => {
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    const hosts = [...trusted].filter((one) => one.endsWith(`:${port}`)).map((one) => one.slice(0, -port.length - 1));
    const connect = byPort.get(port) ?? buildConnector({ timeout, lookup: guardedLookup(hosts) });
    byPort.set(port, connect);
    connect(options, callback);
  };
}

/**
 * An index's password goes to that index's own scheme, host and port, and nowhere else. Where several are on one host, the
 * one whose URL has most in common with the path is meant, as in pip.
 */
function authorization(url: URL, indexes: readonly UpstreamIndex[]): Record<string, string> {
  let credentials: UpstreamIndex['credentials'];
  let most = -1;
  for (const index of indexes) {
    const own = new URL(index.url);
    const common = own.origin === url.origin ? commonParts(own.pathname, url.pathname) : -1;
    if (common > most || (common === most && common >= 0 && !credentials)) {
      most = common;
      credentials = index.credentials;
    }
  }
  if (!credentials) return {};
  if ('token' in credentials) return { authorization: credentials.token };
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** How many folders two paths have in common from the root on. */
function commonParts(one: string, other: string): number {
  const [parts, others] = [one.split('/').slice(1, -1), other.split('/').slice(1, -1)];
  const end = parts.findIndex((part, at) => part !== others[at]);
  return end < 0 ? parts.length : end;
}

function redirected(from: URL, location: string): URL {
  const to = readUrl(location, from);
  if (!to) throw new HttpFault('unfit', 'it redirected to something that is no URL');
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new HttpFault('refused', `it redirected from https to plain ${shownUrl(to)}`);
  }
  to.username = '';
  to.password = '';
  to.hash = '';
  return to;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function toAnswer(answer: Dispatcher.ResponseData, url: URL): Answer {
  return { status: answer.statusCode, header: (name) => single(answer.headers[name]), url, body: answer.body };
}

/** The body of an answer nobody reads: a short one is read away so that the connection can be used again. */
async function discard(body: Dispatcher.ResponseData['body']): Promise<void> {
  await body.dump({ limit: 16 * 1024 }).catch(() => {});
}

/** Seconds; the other form, a date, is not worth trusting the clocks for. */
function retryAfter(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

/** undici's errors and Node's, in our words. */
function translated(error: unknown, timer: AbortSignal, time: number): unknown {
  if (error instanceof HttpFault) return error;
  if (error instanceof RefusedAddress) return new HttpFault('refused', error.message, { cause: error });
  if (timer.aborted)
    return new HttpFault('broken', `it took longer than ${Math.round(time / 1000)} s`, { cause: error });
  // undici's parser gives no code for an answer that is not HTTP at all.
  if (error instanceof Error && error.name === 'HTTPParserError')
    return new HttpFault('broken', 'its answer is not HTTP', { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const told = BROKEN[code] ?? (NETWORK.test(code) ? `the connection failed (${code})` : undefined);
  return told === undefined ? error : new HttpFault('broken', told, { cause: error });
}

/** Codes of sockets, TLS, HTTP parsing and unpacking; those of files are not upstream's fault. */
const NETWORK =
  /^(ECONN\w+|EHOST\w+|ENET\w+|EADDR\w+|EPIPE|ETIMEDOUT|EPROTO|EAI_\w+|ERR_(TLS|SSL)_\w+|UND_ERR_\w+|HPE_\w+|Z_\w+|\w*CERT\w*|UNABLE_\w+)$/;

const BROKEN: Record<string, string> = {
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped in the middle',
};
