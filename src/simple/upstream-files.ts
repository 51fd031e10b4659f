import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { normalizeName } from '../core/names.ts';
import { sha256Hex } from '../core/sha256.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Upstream, UpstreamFile } from '../upstream/upstream.ts';
import { noneMatches } from './conditional.ts';
import { type FileAddress, fileRoutes, noSuchFile } from './files.ts';
import { createReadThrough } from './read-through.ts';
import { sendObject } from './send-object.ts';
import { asBadGateway } from './upstream-failure.ts';

export type UpstreamFilesOptions = {
  store: ObjectStore;
  upstream: Upstream;
  /** Folder on this machine for files on their way. */
  scratch: string;
  /** Whether this client may have the file with this hash. */
  mayRead: (sha256: string, request: FastifyRequest) => boolean;
  /** Told of every file that goes out whole. */
  onFile?: (file: UpstreamFile, request: FastifyRequest) => void;
};

/** `/upstream/:project/:sha256/:filename[.metadata]`: the files that upstream's page of the project lists, read through. */
export const upstreamFiles: FastifyPluginCallback<UpstreamFilesOptions> = (app: FastifyInstance, options, done) => {
  const { store, upstream, mayRead, onFile } = options;
  const readThrough = createReadThrough(options);

  async function listed({ project, sha256, filename }: FileAddress): Promise<UpstreamFile> {
    const page = await upstream.project(normalizeName(project));
    const file = page?.files.find((one) => one.filename === filename && one.sha256 === sha256);
    if (!file) throw noSuchFile();
    return file;
  }

  async function sendMetadata(file: UpstreamFile, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const bytes = await upstream.metadataBytes(file);
    if (!bytes) throw noSuchFile();
    const etag = `"${sha256Hex(bytes)}"`;
    reply.headers({ etag, 'cache-control': 'no-cache' });
    if (noneMatches(request.headers['if-none-match'], etag)) reply.type('application/octet-stream').send(bytes);
    else reply.code(304).send();
  }

  async function send(address: FileAddress, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!mayRead(address.sha256, request)) throw noSuchFile();
    const file = await listed(address);
    if (address.isMetadata) return sendMetadata(file, request, reply);
    const object = await readThrough({ ...file, sha256: address.sha256 });
    const whole = await sendObject(request, reply, store, { ...object, sha256: address.sha256 });
    if (whole) onFile?.(file, request);
  }

  fileRoutes(app, '/upstream', (...args) => send(...args).catch(asBadGateway));
  done();
};
