import type { FastifyReply, FastifyRequest } from 'fastify';
import { readClientAgent } from '../../core/client-agent.ts';
import { type Hop, nextStep, type Patience, patienceOf } from '../../core/patience.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { OnDemandAnswer } from '../../metrics/on-demand-figures.ts';
import { gone } from '../changes.ts';
import type { Api } from '../context.ts';
import { ServerEnding } from '../ending.ts';
import { createDeafClients } from './deaf-clients.ts';

/** How a request ended that was held: with what it waited for, with its client gone, or with what its client is told meanwhile. */
export type Held<T, D extends T = T> =
  | { done: D }
  | { left: true }
  | { next: ReturnType<typeof nextStep>; latest: T | undefined };

/** What a client waits for: what its wheel will say of itself, or the end of a build. */
type Awaited = { found: unknown } | { standing: { items: readonly { state: string }[] } };

export type WaitingRoom = {
  /**
   * Holds a request as long as its client bears.
   *
   * @param wait ends with its signal at the latest, with what is known then
   * @param isDone whether that is what the client waits for
   */
  hold<T extends Awaited>(
    request: FastifyRequest,
    reply: FastifyReply,
    wait: (signal: AbortSignal) => Promise<T | undefined>,
    isDone: (found: T) => boolean,
  ): Promise<Held<T>>;
};

/** Headers that proxies add; an installer sends none of them. */
const PROXY_HEADERS = ['via', 'forwarded', 'x-forwarded-for', 'x-real-ip'];

const BROKEN_OFF_SECONDS = 5;
/** Milliseconds for whoever waits to say what is known. */
const GRACE = 1000;

export function createWaitingRoom({ config: { onDemandHold }, metrics }: Pick<Api, 'config' | 'metrics'>): WaitingRoom {
  const deaf = createDeafClients();

  function patienceWith({ headers, ip, raw }: FastifyRequest): Patience {
    const { name } = readClientAgent(headers['user-agent']);
    const proxied =
      onDemandHold === 'redirects' || PROXY_HEADERS.some((one) => headers[one] !== undefined) || deaf.has(ip);
    return patienceOf({ agent: name, http: raw.httpVersion, proxied });
  }

  const hold: WaitingRoom['hold'] = async (request, reply, wait, isDone) => {
    const patience = patienceWith(request);
    const begun = performance.now();
    const left = gone(reply.raw);
    const stop = continueUntilSent(reply, patience);
    const enough = timeLimit(patience.hold, left);
    const latest = await Promise.race([wait(enough), lateFor(enough)]).finally(stop);
    if (left.reason instanceof ServerEnding)
      return { next: { kind: 'retry', afterSeconds: BROKEN_OFF_SECONDS }, latest };
    if (left.aborted) {
      if (patience.continueEvery !== undefined) deaf.left(request.ip, performance.now() - begun);
      return { left: true };
    }
    if (latest !== undefined && isDone(latest)) return { done: latest };
    // The wait broke off, and shall not use up the redirects that the client follows.
    if (!enough.aborted) return { next: { kind: 'retry', afterSeconds: BROKEN_OFF_SECONDS }, latest };
    return { next: nextStep(patience, hopOf(request.query), Date.now()), latest };
  };

  return {
    async hold(request, reply, wait, isDone) {
      const answered = metrics.onDemand.held();
      let answer: OnDemandAnswer = 'refused';
      try {
        const held = await hold(request, reply, wait, isDone);
        answer = answerOf(request, held);
        return held;
      } finally {
        answered(answer);
      }
    },
  };
}

function answerOf({ url }: FastifyRequest, held: Held<Awaited>): OnDemandAnswer {
  if ('left' in held) return 'left';
  if ('done' in held) {
    const isThere = 'found' in held.done || held.done.standing.items[0]?.state === 'stored';
    if (!isThere) return 'failed';
    return url.split('?')[0]?.endsWith('.metadata') ? 'metadata' : 'wheel';
  }
  return held.next.kind === 'give-up' ? 'gave-up' : held.next.kind;
}

/** Resolves a moment after the signal: an upstream or a queue that hangs is no reason to keep a client beyond its patience. */
function lateFor(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const late = () => setTimeout(resolve, GRACE, undefined);
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}

/** Where a client stands that was sent here again; what is no such thing is somebody's first time. */
function hopOf(query: unknown): Hop {
  const { hop, since } = query as { hop?: unknown; since?: unknown };
  const number = (value: unknown) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : 0);
  return { hop: number(hop), since: number(since) };
}

/** Keeps a client's patience fresh until it has its answer. Gives back what ends that. */
function continueUntilSent(reply: FastifyReply, { continueEvery }: Patience): () => void {
  if (continueEvery === undefined) return () => {};
  const timer = setInterval(() => {
    if (!reply.raw.headersSent && !reply.raw.destroyed) reply.raw.writeContinue();
  }, continueEvery);
  return () => clearInterval(timer);
}
