import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { normalizeName } from '../core/names.ts';
import { type Sha256, sha256Hex } from '../core/sha256.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import { WheelmillError } from '../errors.ts';
import { paths } from '../storage/bucket-paths.ts';
import { createCacheUses } from '../storage/cache-uses.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Upstream, UpstreamFile } from '../upstream/upstream.ts';
import type { Asker } from './asker.ts';
import { noneMatches } from './conditional.ts';
import { type FileAddress, type FileAnswer, fileRoutes, noSuchFile } from './files.ts';
import { listedFile } from './listed-file.ts';
import { type Arrival, createReadThrough, type OnRead } from './read-through.ts';
import { fileHeaders, sendObject } from './send-object.ts';
import { asBadGateway } from './upstream-failure.ts';

export type UpstreamFilesOptions = {
  store: ObjectStore;
  upstream: Upstream;
  /** Folder on this machine for files on their way. */
  scratch: string;
  /** Milliseconds that upstream may take for the page that lists a file; without a limit it must answer. */
  patience?: number;
  /** Whether this client may have the file with this hash; everybody if left out. */
  mayRead?: (sha256: string, request: FastifyRequest) => boolean;
  /** Who has what this client asks for fetched, within which bounds; without one there are none. */
  asker?: (request: FastifyRequest) => Asker | undefined;
  /** Told of every file that goes out whole. */
  onFile?: (file: UpstreamFile, request: FastifyRequest) => void;
  onRead?: OnRead;
};

/** A smaller file is here in a moment, and an answer that waits for it can still say what went wrong. */
const FOLLOWED_FROM_BYTES = 1024 * 1024;
/** How often a file may be evicted between its arrival and its sending; a cache too small for one file ends in an error. */
const EVICTION_RACES = 5;

/** `/upstream/:project/:sha256/:filename[.metadata]`: the files that upstream's page of the project lists, read through. */
export const upstreamFiles: FastifyPluginCallback<UpstreamFilesOptions> = (app: FastifyInstance, options, done) => {
  fileRoutes(app, '/upstream', sendUpstreamFile(options));
  done();
};

/** Answers with a file of upstream, which is kept when it is whole and has the hash that the index gives. */
export function sendUpstreamFile(options: UpstreamFilesOptions): FileAnswer {
  const { store, upstream, patience, mayRead = () => true, asker = () => undefined, onFile } = options;
  const noteUse = createCacheUses(store);
  const readThrough = createReadThrough<UpstreamFile & { sha256: Sha256 }>({ ...options, noteUse });

  async function sendMetadata(file: UpstreamFile, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (file.coreMetadata === undefined) throw noSuchFile();
    const payer = asker(request);
    payer?.pay(1);
    const bytes = await upstream.metadataBytes(file);
    if (!bytes) {
      throw new WheelmillError(
        'not-found',
        `Upstream announces metadata of ${file.filename} and does not have any that is its own.`,
      );
    }
    payer?.pay(bytes.length);
    const etag = `"${sha256Hex(bytes)}"`;
    // What the page gives a hash of never changes; of other metadata nobody knows.
    const headers =
      typeof file.coreMetadata === 'string' ? fileHeaders(file.coreMetadata) : { etag, 'cache-control': 'no-cache' };
    reply.headers(headers);
    if (noneMatches(request.headers['if-none-match'], etag)) reply.type('application/octet-stream').send(bytes);
    else reply.code(304).send();
  }

  /** Without an `onFile`, who has the hash of a file that is here already needs nothing of upstream. */
  async function sendKept(address: FileAddress, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    if (onFile || address.isMetadata) return false;
    // Files are kept by hash and name; that the project is theirs too is what their name tells.
    if (lenientWheelFilename(address.filename)?.name !== address.project) return false;
    const key = paths.upstreamFile(address.sha256, address.filename);
    const kept = await store.head(key);
    if (!kept) return false;
    noteUse(address.sha256, kept.size);
    const sent = await sendObject(request, reply, store, { ...kept, sha256: address.sha256 }).catch(asEvicted);
    if (sent !== 'evicted') options.onRead?.('store', kept.size);
    return sent !== 'evicted';
  }

  async function send(address: FileAddress, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!mayRead(address.sha256, request)) throw noSuchFile();
    if (await sendKept(address, request, reply)) return;
    const file = await listedFile(upstream, normalizeName(address.project), address, patience);
    if (address.isMetadata) return sendMetadata(file, request, reply);
    if (request.method === 'HEAD' && file.size !== undefined) {
      reply.headers(fileHeaders(address.sha256)).header('content-length', file.size);
      reply.type('application/octet-stream').send();
      return;
    }
    if (await sendArriving({ ...file, sha256: address.sha256 }, request, reply)) onFile?.(file, request);
  }

  /** Tells whether the whole file goes out now. */
  async function sendArriving(
    file: UpstreamFile & { sha256: Sha256 },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    const { sha256 } = file;
    for (let round = 1; round <= EVICTION_RACES; round += 1) {
      const arrival = await readThrough(file, asker(request));
      const coming = asksForAll(request) ? await onTheWay(arrival) : undefined;
      if (coming) {
        reply.headers(fileHeaders(sha256)).header('content-length', coming.size);
        reply.type('application/octet-stream').send(coming.body);
        return true;
      }
      const sent = await sendObject(request, reply, store, { ...(await arrival.kept), sha256 }).catch(asEvicted);
      if (sent !== 'evicted') return sent === 'whole';
    }
    throw new WheelmillError('store-unavailable', `${file.filename} was evicted each time before it could be sent.`);
  }

  return (...args) => send(...args).catch(asBadGateway);
}

/** A file that has gone since the store was asked for it: the eviction was faster, and it can be fetched again. */
function asEvicted(error: unknown): 'evicted' {
  if (error instanceof WheelmillError && error.code === 'not-found') return 'evicted';
  throw error;
}

function asksForAll({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.range === undefined && headers['if-none-match'] === undefined;
}

/** A file that is worth following while it comes; undefined for one that is better waited for. */
async function onTheWay({ growing, kept }: Arrival): Promise<{ size: number; body: Readable } | undefined> {
  const following = growing.follow();
  const first = await Promise.race([following, kept.then(() => undefined)]);
  if (first && first.size >= FOLLOWED_FROM_BYTES) return first;
  following.then((late) => late?.body.destroy()).catch(() => {});
  return undefined;
}
