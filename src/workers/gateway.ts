import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { WheelRecord } from '../core/records/wheel.ts';
import { ERRORS, WheelmillError } from '../errors.ts';
import { countReads } from '../metrics/count-reads.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type BuildAudience, simpleIndex } from '../simple/plugin.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Crates } from '../upstream/crates/open-crates.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Gateway } from './builder.ts';
import { type CratesAudience, cratesDoor } from './crates-door.ts';
import { type Allowance, BUILD_BOUNDS, countRequests, createAllowance, type GatewayBounds } from './gateway-bounds.ts';

/** A wheel, an sdist or a crate that a container fetched whole. */
export type FetchedDistribution = { name: string; version: string; filename: string; sha256: string; crate?: true };

export type ViewOptions = {
  /** Whether stored public wheels are shown before upstream's files; the toolbox gets upstream's only. */
  storedWheels: boolean;
  /** Stored wheels that are shown with those, though no page has them: a list's own, before they are proven. */
  also?: readonly WheelRecord[];
  /** Hashes of the only files that are listed and given out: what was pinned, yanked or not. */
  only?: ReadonlySet<string>;
  onFile?: (file: FetchedDistribution) => void;
  /** What those behind this view may have of it, all together: those of a build, left out. `none` is for code of our own alone. */
  bounds?: GatewayBounds | 'none';
  /** Is told once, in a sentence, that a bound was met. */
  onRefusal?: (why: string) => void;
};

export type GatewayServer = {
  /** The door for one container, or for one kind of them. */
  view(options: ViewOptions): Gateway;
  close(): Promise<void>;
};

/** Without `crates` there are none. */
type Parts = {
  upstream: Upstream;
  crates?: Crates;
  store: ObjectStore;
  scratch: string;
  log: Logger;
  /** Without it nothing is counted. */
  metrics?: Metrics;
};

/** One view, as the routes of the index and those of crates see it. */
type Audience = BuildAudience & CratesAudience & { allowance?: Allowance };

/** To be said before anybody has read what was asked. */
const TOO_MANY_CONNECTIONS =
  'HTTP/1.1 429 Too many connections to the index at once\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n';

/**
 * The only thing containers can reach: a simple index, and a crates registry, that listen on no address. Connections come out of the tunnels of
 * containers, and each knows the view it was accepted for.
 */
export async function createGateway(parts: Parts): Promise<GatewayServer> {
  const views = new WeakMap<object, Audience>();
  const open = new Set<Duplex>();
  const app = fastify({
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    // Nothing here takes a body.
    bodyLimit: 1,
    routerOptions: { maxParamLength: 512 },
  });
  answerErrors(app);
  const audience = (request: FastifyRequest): Audience => views.get(request.raw.socket) ?? { storedWheels: false };
  const asker = countRequests(app, (request) => audience(request).allowance);
  await app.register(simpleIndex, {
    view: 'build',
    store: parts.store,
    upstream: parts.upstream,
    scratch: parts.scratch,
    audience,
    asker,
    ...(parts.metrics && { onRead: countReads(parts.metrics) }),
  });
  const { crates, store, scratch } = parts;
  if (crates) await app.register(cratesDoor, { crates, store, scratch, audience, asker });
  await app.ready();
  const server = app.server as Server;

  return {
    view({ storedWheels, also, only, onFile, bounds = BUILD_BOUNDS, onRefusal }) {
      const allowance = bounds === 'none' ? undefined : createAllowance(bounds, onRefusal);
      const audience: Audience = {
        storedWheels,
        ...(allowance && { allowance }),
        ...(also && { also }),
        ...(only && { only }),
        ...(onFile && { onFile, onCrate: (crate) => onFile({ ...crate, crate: true }) }),
      };
      return {
        cratesFrom(registry) {
          audience.builtInRegistry = registry;
        },
        accept(connection) {
          // A container may go away in the middle of an answer.
          connection.on('error', () => connection.destroy());
          const release = allowance ? allowance.connect() : () => {};
          if (!release) {
            connection.resume().end(TOO_MANY_CONNECTIONS);
            return;
          }
          views.set(connection, audience);
          open.add(connection);
          connection.once('close', () => {
            open.delete(connection);
            release();
          });
          server.emit('connection', connection);
        },
      };
    },
    async close() {
      for (const connection of open) connection.destroy();
      await app.close();
    },
  };
}

/** pip shows the reason phrase of an answer, uv the detail of a problem document: both end up in the build's log. */
function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new WheelmillError('not-found', `Builds reach only the package index, not ${request.method} ${request.url}.`);
  });
  app.setErrorHandler((error: FastifyError | WheelmillError, request, reply) => {
    const ours = asOurs(error, request);
    const { status, title } = ERRORS[ours.code];
    reply.raw.statusMessage = ours.message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 400);
    reply
      .code(status)
      .header('cache-control', 'no-store')
      .headers(ours.retryAfter === undefined ? {} : { 'retry-after': ours.retryAfter })
      .type('application/problem+json')
      .send(JSON.stringify({ title, status, detail: ours.message, code: ours.code }));
  });
}

function asOurs(error: FastifyError | WheelmillError, request: FastifyRequest): WheelmillError {
  if (error instanceof WheelmillError) {
    if (error.status >= 500) request.log.warn({ err: error }, 'the build gateway could not answer');
    return error;
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return new WheelmillError('bad-request', error.message);
  request.log.error({ err: error }, 'unexpected error in the build gateway');
  return new WheelmillError('internal', 'Something went wrong in the worker; its log has it.', { cause: error });
}
