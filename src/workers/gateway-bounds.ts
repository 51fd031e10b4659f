import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WheelmillError } from '../errors.ts';

/** What one container may have of the build gateway. */
export type GatewayBounds = {
  /** In its whole life. */
  requests: number;
  /** In `seconds`. */
  atOnce: number;
  seconds: number;
  /** Of answers, in its whole life. */
  bytes: number;
  /** Open at the same time. */
  connections: number;
};

/**
 * A build that has hundreds of crates or of candidates of a resolver asks some thousand times, and the largest build environments (PyTorch with
 * CUDA) have some 5 GB. As many connections as a tunnel has: uv opens 50.
 */
export const BUILD_BOUNDS: GatewayBounds = {
  requests: 100_000,
  atOnce: 10_000,
  seconds: 10,
  bytes: 16 * 1024 ** 3,
  connections: 128,
};

/** What is left of the bounds for one container. */
export type Allowance = {
  /** Counts a request. Throws WheelmillError `rate-limited` for one too many. */
  ask(): Promise<void>;
  /** Counts bytes of an answer before they go out. Throws WheelmillError `rate-limited` where they are too many; then none are counted. */
  send(bytes: number): void;
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
    send(bytes) {
      if (bytes > bytesLeft) throw refused(`A build may have ${bounds.bytes} bytes of the index.`);
      bytesLeft -= bytes;
    },
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

/** Has every request and every answer counted; who has no allowance is not counted. */
export function countRequests(
  app: FastifyInstance,
  allowanceOf: (request: FastifyRequest) => Allowance | undefined,
): void {
  app.addHook('onRequest', async (request) => allowanceOf(request)?.ask());
  app.addHook('onSend', async (request, reply, payload: unknown) => {
    // What refuses is short, and must come through.
    if (reply.statusCode >= 400 || request.method === 'HEAD') return payload;
    try {
      allowanceOf(request)?.send(Number(reply.getHeader('content-length') ?? lengthOf(payload)));
    } catch (error) {
      if (payload !== null && typeof payload === 'object' && 'destroy' in payload) (payload.destroy as () => void)();
      for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
      throw error;
    }
    return payload;
  });
}

function lengthOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
}
