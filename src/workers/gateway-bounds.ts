import type { FastifyInstance, FastifyRequest } from 'fastify';
import pLimit from 'p-limit';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WheelmillError } from '../errors.ts';
import type { Asker } from '../simple/asker.ts';

/** What one container may have of the build gateway. */
export type GatewayBounds = {
  /** In its whole life. */
  requests: number;
  /** In `seconds`. */
  atOnce: number;
  seconds: number;
  /** Of answers, in its whole life; of what is fetched for one, where that is more. */
  bytes: number;
  /** Open at the same time. */
  connections: number;
  /** Files of upstream on their way at the same time; more wait. */
  fetches: number;
};

/**
 * A build that has hundreds of crates or of candidates of a resolver asks some thousand times, and the largest build environments (PyTorch with
 * CUDA) have some 5 GB. As many connections as a tunnel has: uv opens 50. Fetches are half of what one host of upstream is asked
 * for at once, so that another build has its turn.
 */
export const BUILD_BOUNDS: GatewayBounds = {
  requests: 100_000,
  atOnce: 10_000,
  seconds: 10,
  bytes: 16 * 1024 ** 3,
  connections: 128,
  fetches: 8,
};

/** What is left of the bounds for one container. */
export type Allowance = {
  /** Counts a request. Throws WheelmillError `rate-limited` for one too many. */
  ask(): Promise<void>;
  /**
   * Opens the bill of one answer. What it is told is what the answer has cost by now, in bytes fetched or in bytes to be sent: the
   * most it was told is counted. Throws WheelmillError `rate-limited` where that is too much; then nothing is left.
   */
  bill(): (bytes: number) => void;
  /** Has a file fetched when fewer than `fetches` are on their way. */
  turn(fetch: () => Promise<void>): Promise<void>;
  /** Counts a connection, and gives what takes it back; undefined for one too many. */
  connect(): (() => void) | undefined;
};

/** @param onRefusal is told the first time something is refused, in a sentence for the log of the build */
export function createAllowance(bounds: GatewayBounds, onRefusal: (why: string) => void = () => {}): Allowance {
  const rate = new RateLimiterMemory({ points: bounds.atOnce, duration: bounds.seconds });
  let left = bounds.requests;
  let bytesLeft = bounds.bytes;
  let connections = 0;
  let told = false;

  const refused = (why: string, retryAfter?: number): WheelmillError => {
    if (!told) onRefusal(why);
    told = true;
    return new WheelmillError('rate-limited', why, retryAfter === undefined ? {} : { retryAfter });
  };

  return {
    async ask() {
      if (left <= 0) throw refused(`A build may ask the index ${bounds.requests} times.`);
      left -= 1;
      await rate.consume('').catch(({ msBeforeNext }: { msBeforeNext: number }) => {
        throw refused(
          `A build may ask the index ${bounds.atOnce} times in ${bounds.seconds} seconds.`,
          Math.min(bounds.seconds, Math.max(1, Math.ceil(msBeforeNext / 1000))),
        );
      });
    },
    bill() {
      let counted = 0;
      return (bytes) => {
        const more = Math.max(0, bytes - counted);
        if (more > bytesLeft) {
          bytesLeft = 0;
          throw refused(`A build may have ${bounds.bytes} bytes of the index.`);
        }
        bytesLeft -= more;
        counted += more;
      };
    },
    turn: pLimit(bounds.fetches),
    connect() {
      if (connections >= bounds.connections) {
        refused(`A build may have ${bounds.connections} connections to the index at once.`);
        return undefined;
      }
      connections += 1;
      return () => {
        connections -= 1;
      };
    },
  };
}

/**
 * Has every request and every answer counted; who has no allowance is not counted.
 *
 * @returns who has files fetched for a request
 */
export function countRequests(
  app: FastifyInstance,
  allowanceOf: (request: FastifyRequest) => Allowance | undefined,
): (request: FastifyRequest) => Asker | undefined {
  const askers = new WeakMap<FastifyRequest, Asker>();
  app.addHook('onRequest', async (request) => {
    const allowance = allowanceOf(request);
    if (!allowance) return;
    await allowance.ask();
    askers.set(request, {
      pay: allowance.bill(),
      turn: (fetch) =>
        allowance.turn(async () => {
          if (request.raw.socket.destroyed) throw new WheelmillError('bad-request', 'Who asked is gone.');
          await fetch();
        }),
    });
  });
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    // What refuses is short, and must come through.
    if (reply.statusCode >= 400 || request.method === 'HEAD') return payload;
    try {
      askers.get(request)?.pay(Number(reply.getHeader('content-length') ?? lengthOf(payload)));
    } catch (error) {
      if (payload !== null && typeof payload === 'object' && 'destroy' in payload) (payload.destroy as () => void)();
      for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
      throw error;
    }
    return payload;
  });
  return (request) => askers.get(request);
}

function lengthOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
}
