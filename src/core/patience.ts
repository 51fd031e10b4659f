/**
 * How long a client waits for one answer, and what makes it wait longer: docs/on-demand.md has how these numbers were found.
 * Times are milliseconds.
 */
export type Patience = {
  /** One request is held so long. */
  hold: number;
  /** Meanwhile an interim answer (100 Continue, RFC 9110, section 15.2.1) goes out this often; none where it is left out. */
  continueEvery?: number;
  /** Then the client is sent to the same place again, so often. The last redirect it follows is the one to the file. */
  hops: number;
  /** From the hop `from` on each is asked for again so many times, by a 503 whose Retry-After says when. */
  retries: { count: number; from: number; afterSeconds: number };
};

/** What is known of who waits. */
export type Waiter = { agent: string; http: string; proxied: boolean };

const NO_RETRIES = { count: 0, from: 0, afterSeconds: 0 };

/**
 * pip gives up after 15 s of silence, and each 100 Continue begins them anew; Pythons of 2026 count a hundred of these at most
 * in one answer. It follows 30 redirects.
 */
const PIP: Patience = { hold: 640_000, continueEvery: 8_000, hops: 25, retries: NO_RETRIES };
/**
 * A proxy may swallow interim answers. pip heeds Retry-After, five times for each redirect; one is left for a
 * connection that breaks. Early on nobody shall sleep past the end of a short build.
 */
const PIP_BEHIND_PROXY: Patience = { hold: 10_000, hops: 28, retries: { count: 4, from: 12, afterSeconds: 10 } };
/** uv gives up after 30 s whatever comes meanwhile, follows ten redirects, and tries each three times again by a clock of its own. */
const UV: Patience = { hold: 25_000, hops: 9, retries: { count: 2, from: 1, afterSeconds: 0 } };
/** Most others are made with libraries that follow ten redirects at least; a 503 may be the end for them. */
const OTHERS: Patience = { hold: 12_000, hops: 9, retries: NO_RETRIES };

export function patienceOf({ agent, http, proxied }: Waiter): Patience {
  if (agent === 'uv') return UV;
  if (agent !== 'pip') return OTHERS;
  // HTTP/1.0 knows no interim answers; installers do not speak it, proxies do.
  return proxied || http === '1.0' ? PIP_BEHIND_PROXY : PIP;
}

/** The longest time that a client of this patience waits, at least. */
export function longestWait({ hold, hops, retries }: Patience): number {
  const again = hops < retries.from ? 0 : (hops + 1 - retries.from) * retries.count;
  return (hops + 1) * hold + again * (hold + retries.afterSeconds * 1000);
}

/** Where a client stands: how often it was sent on, and since when (Unix time) it asks for this hop. */
export type Hop = { hop: number; since: number };

/** What a client is told whose time is over and whose wheel is not there. */
export type NextStep =
  | { kind: 'redirect'; hop: number }
  | { kind: 'retry'; afterSeconds: number }
  | { kind: 'give-up' };

/** Which try of a hop it is follows from the time alone: whoever asks again asks for the same URL. */
export function nextStep({ hold, hops, retries }: Patience, { hop, since }: Hop, now: number): NextStep {
  const untilLast = retries.count * (hold + retries.afterSeconds * 1000) + hold / 2;
  if (retries.count > 0 && hop >= retries.from && now - since < untilLast)
    return { kind: 'retry', afterSeconds: retries.afterSeconds };
  return hop < hops ? { kind: 'redirect', hop: hop + 1 } : { kind: 'give-up' };
}
